// Data that is wrong is named with file and line, never obeyed and never a crash; and what a value
// or a condition may not do.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "knowledge/shelf.h"

namespace handrail::knowledge {
namespace {

namespace fs = std::filesystem;

// A folder with one guide, gone at the end.
class GuideFolder {
 public:
  GuideFolder()
      : path_(fs::temp_directory_path() / ("handrail-guide-" + std::to_string(getpid()))) {
    fs::create_directories(path_ / "topic");
  }
  ~GuideFolder() { fs::remove_all(path_); }
  GuideFolder(const GuideFolder&) = delete;
  GuideFolder& operator=(const GuideFolder&) = delete;

  GuideFolder& write(const char* name, const std::string& text) {
    std::ofstream(path_ / "topic" / name) << text;
    return *this;
  }
  std::string mistakes() const {
    locales::Problems problems;
    Shelf::load(path_.string(), {"en"}, "UTC", problems);
    std::string all;
    for (const auto& problem : problems) all += locales::to_text(problem) + "\n";
    return all;
  }
  std::string path(const char* name) const { return (path_ / "topic" / name).string(); }

 private:
  fs::path path_;
};

std::string mistakes_in(const std::string& guide_json) {
  return GuideFolder()
      .write("guide.json", guide_json)
      .write("en.md", "# Title\n\n## a\n\nWords\n")
      .mistakes();
}

TEST(Mistakes, NoneInASmallGuide) {
  EXPECT_EQ(mistakes_in(R"({"kind": "answer", "intro": [{"id": "a"}]})"), "");
}

struct Wrong {
  const char* name;
  const char* json;
  const char* said;
};
class GuideMistakes : public testing::TestWithParam<Wrong> {};

TEST_P(GuideMistakes, AreNamed) {
  EXPECT_NE(mistakes_in(GetParam().json).find(GetParam().said), std::string::npos)
      << mistakes_in(GetParam().json);
}

INSTANTIATE_TEST_SUITE_P(
    Each, GuideMistakes,
    testing::Values(
        Wrong{"NotJson", "{", "guide.json:1: not a JSON object"},
        Wrong{"UnknownKind", R"({"kind": "song", "intro": [{"id": "a"}]})", "kind must be"},
        Wrong{"MisspeltWhen", R"({"kind": "answer", "intro": [{"id": "a", "whn": {}}]})",
              "unknown key whn"},
        Wrong{"WrongType", R"({"kind": "answer", "steps": [{"id": "a", "image": "yes"}]})",
              "a value has the wrong type"},
        Wrong{"SameIdTwice", R"({"kind": "answer", "intro": [{"id": "a"}, {"id": "a"}]})",
              "the id a stands twice"},
        Wrong{"UnknownTone", R"({"kind": "answer", "callouts": [{"id": "a", "tone": "loud"}]})",
              "tone must be"},
        Wrong{"VerifyWithoutConditions",
              R"({"kind": "guide", "steps": [{"id": "a"}], "verify": {"back_to": "a"}})",
              "verify needs not_done_when"},
        Wrong{"ConditionWithoutList",
              R"({"kind": "answer", "intro": [{"id": "a", "when": {"all": 1}}]})",
              "need a list of conditions"}),
    [](const auto& state) { return std::string(state.param.name); });

TEST(Mistakes, InWordsAreNamedWithTheirLine) {
  GuideFolder folder;
  folder.write("guide.json", R"({"kind": "answer", "intro": [{"id": "a"}]})")
      .write("en.md", "# Title\n\n## a\n\nHello {moon}\n\n## a\n\nOpen \xE2\x81\xA6 it\n");
  const std::string mistakes = folder.mistakes();
  EXPECT_NE(mistakes.find(folder.path("en.md") + ":5: unknown fact {moon}"), std::string::npos)
      << mistakes;
  EXPECT_NE(mistakes.find(":7: the heading a stands twice"), std::string::npos) << mistakes;
  EXPECT_NE(mistakes.find("bidi marks are not balanced"), std::string::npos) << mistakes;
}

TEST(Conditions, ThatAreBrokenAreNeverTrueNotEvenUnderANot) {
  for (const char* text : {R"({"not": {"known": "plann"}})", R"({"not": {"fact": "plan"}})",
                           R"({"not": {"any": []}})", R"({"not": 7})", R"({"all": []})"}) {
    std::vector<std::string> errors;
    const Condition condition = Condition::parse(nlohmann::json::parse(text), errors);
    EXPECT_EQ(errors.size(), 1U) << text;
    EXPECT_FALSE(condition.holds({})) << text;
    EXPECT_FALSE(condition.holds({{"plan", std::string("pro")}})) << text;
  }
}

TEST(Words, KeepTheAddressOfLinksAndPictures) {
  locales::Problems problems;
  const GuideWords words = GuideWords::parse(
      "# T\n\n## a\n\nSee [here](https://a.example/x) and ![this](https://a.example/y.png).\n",
      "x.md", "en", problems);
  EXPECT_TRUE(problems.empty());
  EXPECT_EQ(words.paragraphs("a", {}, "UTC"),
            std::vector<std::string>{
                "See here (https://a.example/x) and this (https://a.example/y.png)."});
}

TEST(Words, GiveAValueNoMarksOfItsOwn) {
  locales::Problems problems;
  const GuideWords words = GuideWords::parse("# T\n\n## a\n\n{plan}\n", "x.md", "en", problems);
  const auto said = words.paragraphs("a", {{"plan", std::string("**Pro** `x`")}}, "UTC");
  ASSERT_EQ(said.size(), 1U);
  EXPECT_EQ(said[0].find_first_of("*`"), std::string::npos) << said[0];
}

}  // namespace
}  // namespace handrail::knowledge
