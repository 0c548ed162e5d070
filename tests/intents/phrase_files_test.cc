#include "intents/phrase_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace handrail::intents {
namespace {

namespace fs = std::filesystem;

TEST(PhraseFiles, ReportEveryMistakeAtOnce) {
  const fs::path folder = fs::temp_directory_path() / "handrail-phrases-test";
  fs::remove_all(folder);
  fs::create_directories(folder / "a");
  fs::create_directories(folder / "b");
  const auto write = [&](const char* name, const char* text) {
    std::ofstream(folder / name) << text;
  };
  write("a/intent.json", R"({"description": "a", "scope": "conversation"})");
  write("b/intent.json", R"({"description": "b", "scope": "elsewhere"})");
  write("a/en.txt", "# comment\nStop it!\nstop   IT\n");
  write("b/en.txt", "Stop it.\nanother\n");
  write("a/en.expect.txt", "another\nfine\tno_such_intent\n");
  write("b/e_n.txt", "x\n");
  locales::Problems problems;
  load_dataset(folder.string(), problems);
  std::string all;
  for (const auto& problem : problems) all += locales::to_text(problem) + "\n";
  for (const char* wanted :
       {"a/en.txt:3: this phrase stands here twice", "b/en.txt:1: this phrase stands under a too",
        "a/en.expect.txt:1: an expectation must not be among the phrases",
        "a/en.expect.txt:2: no such intent: no_such_intent", "scope must be conversation or guide",
        "not a language tag"}) {
    EXPECT_NE(all.find(wanted), std::string::npos) << wanted << "\nin\n" << all;
  }
  fs::remove_all(folder);
}

}  // namespace
}  // namespace handrail::intents
