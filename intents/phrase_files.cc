#include "intents/phrase_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "locales/tag.h"
#include "locales/text.h"

namespace handrail::intents {
namespace {

namespace fs = std::filesystem;
constexpr const char* kExpectSuffix = ".expect.txt";

// What makes two phrases the same: folded letters and digits only.
std::string comparable(const std::string& text) {
  const locales::FoldedText folded = locales::fold(text);
  std::u32string words;
  for (const locales::Word& word : locales::split_words(folded)) {
    if (!words.empty()) words += U' ';
    words += folded.text.substr(word.begin, word.end - word.begin);
  }
  return words.empty() ? locales::to_utf8(folded.text) : locales::to_utf8(words);
}

std::vector<Example> read_lines(const fs::path& path, const std::string& intent,
                                const std::string& locale, locales::Problems& problems) {
  std::vector<Example> examples;
  std::ifstream stream(path, std::ios::binary);
  std::string line;
  int number = 0;
  while (std::getline(stream, line)) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty() || line[0] == '#') continue;
    if (!locales::is_valid_utf8(line)) {
      problems.push_back({path.string(), number, "not valid UTF-8"});
      continue;
    }
    Example example;
    const std::size_t tab = line.find('\t');
    example.text = line.substr(0, tab);
    if (tab != std::string::npos) example.second_intent = line.substr(tab + 1);
    example.intent = intent;
    example.locale = locale;
    example.file = path.string();
    example.line = number;
    examples.push_back(std::move(example));
  }
  return examples;
}

std::string scope_of(const fs::path& folder, bool& is_wish, locales::Problems& problems) {
  const fs::path file = folder / "intent.json";
  std::ifstream stream(file);
  const auto json = nlohmann::json::parse(stream, nullptr, false);
  if (!json.is_object() || !json.contains("scope") || !json["scope"].is_string()) {
    problems.push_back({file.string(), 0,
                        "needs {\"description\": ..., \"scope\": \"conversation\" or \"guide\"}"});
    return "conversation";
  }
  is_wish = json.contains("wish") && json["wish"].is_boolean() && json["wish"].get<bool>();
  const auto scope = json["scope"].get<std::string>();
  if (scope != "conversation" && scope != "guide") {
    problems.push_back({file.string(), 1, "scope must be conversation or guide, not " + scope});
    return "conversation";
  }
  return scope;
}

void check(const Dataset& data, locales::Problems& problems) {
  std::map<std::string, const Example*> phrases;
  for (const Example& example : data.examples) {
    const auto [known, fresh] = phrases.emplace(comparable(example.text), &example);
    if (fresh) continue;
    const Example& first = *known->second;
    const std::string where = first.file + ":" + std::to_string(first.line);
    if (first.intent != example.intent) {
      problems.push_back({example.file, example.line,
                          "this phrase stands under " + first.intent + " too (" + where + ")"});
    } else if (first.locale == example.locale) {
      problems.push_back(
          {example.file, example.line, "this phrase stands here twice (" + where + ")"});
    }
  }
  for (const Example& example : data.expectations) {
    const auto known = phrases.find(comparable(example.text));
    if (known != phrases.end()) {
      problems.push_back({example.file, example.line,
                          "an expectation must not be among the phrases (" + known->second->file +
                              ":" + std::to_string(known->second->line) + ")"});
    }
    if (!example.second_intent.empty() && data.scopes.count(example.second_intent) == 0) {
      problems.push_back({example.file, example.line, "no such intent: " + example.second_intent});
    }
  }
}

}  // namespace

Dataset load_dataset(const std::string& folder, locales::Problems& problems) {
  Dataset data;
  std::error_code error;
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  for (const fs::path& intent_folder : folders) {
    const std::string intent = intent_folder.filename().string();
    bool is_wish = false;
    data.scopes[intent] = scope_of(intent_folder, is_wish, problems);
    if (is_wish) data.wishes.insert(intent);
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(intent_folder)) {
      if (entry.path().extension() == ".txt") files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      std::string name = file.filename().string();
      const bool expects =
          name.size() > 11 && name.compare(name.size() - 11, 11, kExpectSuffix) == 0;
      const std::string locale = name.substr(0, name.size() - (expects ? 11 : 4));
      if (locales::canonical_tag(locale) != locale) {
        problems.push_back({file.string(), 0,
                            "the file name is not a language tag such as fa.txt or fa.expect.txt"});
        continue;
      }
      auto lines = read_lines(file, intent, locale, problems);
      if (lines.empty()) problems.push_back({file.string(), 0, "no phrases"});
      auto& into = expects ? data.expectations : data.examples;
      into.insert(into.end(), lines.begin(), lines.end());
    }
  }
  if (data.examples.empty()) problems.push_back({folder, 0, "no intents found"});
  data.words.load(folder, problems);
  check(data, problems);
  return data;
}

std::vector<Example> load_tsv(const std::string& file, locales::Problems& problems) {
  std::vector<Example> examples;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) problems.push_back({file, 0, "cannot be read"});
  std::string line;
  int number = 0;
  while (std::getline(stream, line)) {
    ++number;
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) {
      problems.push_back({file, number, "needs intent<TAB>text"});
      continue;
    }
    Example example;
    example.intent = line.substr(0, tab);
    example.text = line.substr(tab + 1);
    example.file = file;
    example.line = number;
    examples.push_back(std::move(example));
  }
  return examples;
}

}  // namespace handrail::intents
