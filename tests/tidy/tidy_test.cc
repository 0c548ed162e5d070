// Lint as a test: include direction, purity of adapters, line length, leftovers. Reports as
// file:line: error: what.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <regex>

namespace {

namespace fs = std::filesystem;
const fs::path kRoot = HANDRAIL_SOURCE_DIR;
constexpr std::size_t kLineLength = 140;
constexpr std::size_t kFileLines = 600;

struct Line {
  std::string file;  // relative
  int number;
  std::string text;
};

std::vector<Line> source_lines() {
  std::vector<Line> lines;
  for (const char* room : {"locales", "intents", "knowledge", "adapters", "bot"}) {
    for (const auto& entry : fs::recursive_directory_iterator(kRoot / room)) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".cc" && extension != ".h") continue;
      std::ifstream stream(entry.path());
      int number = 0;
      for (std::string text; std::getline(stream, text);)
        lines.push_back({fs::relative(entry.path(), kRoot).string(), ++number, text});
    }
  }
  return lines;
}

std::string complain(const Line& line, const std::string& what) {
  return line.file + ":" + std::to_string(line.number) + ": error: " + what;
}

bool is_test(const std::string& file) {
  return file.find("_test.cc") != std::string::npos || file.find("test_support.h") != std::string::npos;
}

// What a room may include; itself always.
const std::map<std::string, std::vector<std::string>>& directions() {
  static const std::map<std::string, std::vector<std::string>> allowed = {
      {"locales", {}},
      {"intents", {"locales"}},
      {"knowledge", {"locales"}},
      {"adapters", {"locales"}},
      {"bot", {"adapters", "intents", "knowledge", "locales"}}};
  return allowed;
}

// Inside bot: a room may include those before it in this list. serve, desk and commands stand above
// in that order.
const std::vector<std::string>& bot_order() {
  static const std::vector<std::string> order = {"base",     "config",  "storage",      "accounts",
                                                 "delivery", "tickets", "conversation", "team",
                                                 "connections", "serve", "desk",       "commands"};
  return order;
}

std::string part(const std::string& path, int index) {
  std::stringstream stream(path);
  std::string item;
  for (int i = 0; i <= index; ++i) {
    if (!std::getline(stream, item, '/')) return "";
  }
  return item;
}

// What is wrong with an include of `target` in `file`, or "".
std::string wrong_include(const std::string& file, const std::string& target) {
  const std::string room = part(file, 0);
  const std::string other = part(target, 0);
  if (directions().count(other) == 0) return "";
  if (other != room) {
    const auto& allowed = directions().at(room);
    if (std::find(allowed.begin(), allowed.end(), other) == allowed.end())
      return room + " must not include " + other;
    return "";
  }
  if (room != "bot") return "";
  const auto& order = bot_order();
  const auto rank = [&](const std::string& path) {
    return std::find(order.begin(), order.end(), part(path, 1)) - order.begin();
  };
  if (part(file, 1) == "main.cc") return "";
  return rank(target) > rank(file)
             ? "bot/" + part(file, 1) + " must not include bot/" + part(target, 1)
             : "";
}

TEST(Tidy, IncludesPointOneWay) {
  const std::regex include("^#include \"([^\"]+)\"");
  for (const Line& line : source_lines()) {
    std::smatch match;
    if (!std::regex_search(line.text, match, include)) continue;
    const std::string wrong = wrong_include(line.file, match[1]);
    EXPECT_TRUE(wrong.empty()) << complain(line, wrong);
  }
}

TEST(Tidy, TheDirectionCheckItselfCanFail) {
  EXPECT_FALSE(wrong_include("locales/text.cc", "bot/base/id.h").empty());
  EXPECT_FALSE(wrong_include("adapters/x.cc", "intents/detector.h").empty());
  EXPECT_FALSE(wrong_include("bot/storage/store.cc", "bot/serve/app.h").empty());
  EXPECT_TRUE(wrong_include("bot/serve/app.cc", "bot/storage/store.h").empty());
}

TEST(Tidy, AdaptersTouchNothingOfTheWorld) {
  const std::regex banned(
      "#include "
      "<(httplib|sqlite3|soci|spdlog|thread|mutex|fstream|ctime|sys/"
      "|unistd|chrono)|system_clock|steady_clock|std::cout|std::cerr|getenv");
  for (const Line& line : source_lines()) {
    if (part(line.file, 0) != "adapters" || is_test(line.file)) continue;
    EXPECT_FALSE(std::regex_search(line.text, banned))
        << complain(line, "an adapter is pure: no sockets, clocks, storage or logs");
  }
}

TEST(Tidy, LinesAndFilesStayReadable) {
  std::map<std::string, std::size_t> sizes;
  for (const Line& line : source_lines()) {
    sizes[line.file] += 1;
    std::size_t characters = 0;
    for (const char c : line.text)
      characters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U ? 1 : 0;
    EXPECT_LE(characters, kLineLength + (is_test(line.file) ? 40 : 0))
        << complain(line, "line too long");
  }
  for (const auto& [file, lines] : sizes) {
    if (!is_test(file)) {
      EXPECT_LE(lines, kFileLines) << file << ":1: error: the file holds more than one purpose";
    }
  }
}

TEST(Tidy, NothingIsLeftOver) {
  const std::regex leftover(
      "\\b(TO"
      "DO|FIX"
      "ME|XX"
      "X|HA"
      "CK)\\b");
  for (const Line& line : source_lines()) {
    EXPECT_FALSE(std::regex_search(line.text, leftover)) << complain(line, "leftover");
  }
}

TEST(Tidy, EveryHeaderSaysWhatItIsFor) {
  for (const Line& line : source_lines()) {
    if (line.number != 1 || line.file.substr(line.file.size() - 2) != ".h") continue;
    EXPECT_EQ(line.text.substr(0, 3), "// ") << complain(line, "a header opens with its purpose");
  }
}

TEST(Tidy, EveryRoomHasAShortReadme) {
  constexpr int kReadmeLines = 20;
  std::vector<fs::path> rooms = {"locales",          "intents",        "knowledge",
                                 "adapters",         "adapters/slack", "adapters/discord",
                                 "adapters/web_chat"};
  for (const std::string& room : bot_order()) rooms.push_back(fs::path("bot") / room);
  for (const fs::path& room : rooms) {
    std::ifstream stream(kRoot / room / "README.md");
    ASSERT_TRUE(stream) << room << "/README.md:1: error: missing";
    int lines = 0;
    for (std::string text; std::getline(stream, text);) ++lines;
    EXPECT_LE(lines, kReadmeLines)
        << room << "/README.md:1: error: longer than a room's README should be";
  }
}

}  // namespace
