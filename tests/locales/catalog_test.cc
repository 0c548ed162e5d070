// Catalogs are written to a temporary folder, so that each kind of mistake is seen where it is
// made.
#include "locales/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <thread>
#include <vector>

#include "locales/json_lines.h"

namespace handrail::locales {
namespace {

class CatalogTest : public testing::Test {
 protected:
  CatalogTest() {
    std::string name =
        (std::filesystem::temp_directory_path() / "handrail-catalog-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~CatalogTest() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }
  std::shared_ptr<const Catalogs> load() { return Catalogs::load(folder_.string(), problems_); }
  bool complains(const std::string& about) const {
    for (const Problem& problem : problems_) {
      if (to_text(problem).find(about) != std::string::npos) return true;
    }
    return false;
  }

  std::filesystem::path folder_;
  Problems problems_;
};

constexpr const char* kEnglish = R"({"name": "English", "messages": {
  "hello": {"text": "Hello {name}!", "note": "first line"},
  "left": {"text": "{count, plural, one {# credit} other {# credits}} until {date}",
           "note": "status"}}})";

TEST_F(CatalogTest, FormatsInTheReadersLanguage) {
  write("en.json", kEnglish);
  write("fa.json", R"({"name": "فارسی", "messages": {"hello": "سلام {name}!",
    "left": "{count, plural, one {# اعتبار} other {# اعتبار}} تا {date}"}})");
  const auto catalogs = load();
  EXPECT_TRUE(problems_.empty()) << to_text(problems_.front());
  EXPECT_EQ(catalogs->format("en", "hello", {{"name", "Ana {x}"}}), "Hello Ana {x}!");
  EXPECT_EQ(catalogs->format("fa", "hello", {{"name", "Ana"}}), "سلام \u2068Ana\u2069!");
  EXPECT_EQ(
      catalogs->format("en", "left", {{"count", std::int64_t{1}}, {"date", Date{1773446400000}}}),
      "1 credit until March 14, 2026");
  EXPECT_EQ(
      catalogs->format("fa", "left", {{"count", std::int64_t{20}}, {"date", Date{1773446400000}}}),
      "۲۰ اعتبار تا \u2068۲۳ اسفند ۱۴۰۴\u2069");
  EXPECT_EQ(catalogs->format("de", "hello", {{"name", "Ana"}}), "Hello Ana!");
  EXPECT_EQ(catalogs->format("en", "no.such", {}), "no.such");
}

TEST_F(CatalogTest, ReportsEveryMistakeAtOnceWithItsLine) {
  write("en.json", kEnglish);
  write("ru.json", R"({"name": "Русский", "messages": {
    "hello": "Привет {nom}!",
    "left": "{count, plural, one {# кредит} other {# кредита}} до {date}",
    "extra": "лишнее"}})");
  write("ar.json",
        "{\"name\": \"العربية\", \"messages\": {\"hello\": \"{broken\",\n \"left\": \"\u2067x "
        "{count} {date}\"}}");
  write("xx-toolongtag.json", "{}");
  write("de.json", "{");
  load();
  EXPECT_TRUE(complains("ru.json:2: hello: placeholders differ"));
  EXPECT_TRUE(complains("ru.json:3: left: the plural form \"few\" is missing"));
  EXPECT_TRUE(complains("ru.json:4: extra: no such message"));
  EXPECT_TRUE(complains("ar.json:1: hello: not an ICU message"));
  EXPECT_TRUE(complains("ar.json:2: left: bidi marks"));
  EXPECT_TRUE(complains("xx-toolongtag.json: the file name"));
  EXPECT_TRUE(complains("de.json:1: not JSON"));
}

TEST_F(CatalogTest, MissingMessageIsReported) {
  write("en.json", kEnglish);
  write("fa.json", R"({"name": "فارسی", "messages": {"hello": "سلام {name}!"}})");
  load();
  EXPECT_TRUE(complains("fa.json: left: missing message"));
  EXPECT_EQ(problems_.size(), 1U);
}

TEST_F(CatalogTest, DifferentPlaceholdersAreNamed) {
  write("en.json", kEnglish);
  write("fa.json", R"({"name": "فارسی", "messages": {
    "hello": "سلام {nom}!",
    "left": "{count} تا {date} و {other}"}})");
  load();
  EXPECT_TRUE(complains(
      "fa.json:2: hello: placeholders differ from English: {nom} not in English; {name} missing"));
  EXPECT_TRUE(
      complains("fa.json:3: left: placeholders differ from English: {other} not in English"));
}

TEST_F(CatalogTest, KeysThatStandTwiceOrLookLikeTextsHaveTheirOwnLine) {
  write("en.json", R"({"name": "English", "messages": {
    "a": {"text": "b", "note": "\"b\": "},
    "b": {"text": "c"},
    "c": {"text": "", "note": "empty"},
    "a": {"text": "again", "note": "n"},
    "d": 7}})");
  load();
  EXPECT_TRUE(complains("en.json:3: b: the English entry needs a \"note\""));
  EXPECT_TRUE(complains("en.json:4: c: needs a text"));
  EXPECT_TRUE(complains("en.json:5: a: stands twice, first in line 2"));
  EXPECT_TRUE(complains("en.json:6: d: needs a text"));
  EXPECT_EQ(problems_.size(), 4U);
}

TEST_F(CatalogTest, HeadIsChecked) {
  write("en.json", kEnglish);
  write("fa.json",
        R"({"direction": "ltr", "fallback": "xx", "messages":
        {"hello": "{name}", "left": "{count} {date}"}})");
  write("de.json",
        R"({"name": "Deutsch", "fallback": "nl", "messages":
        {"hello": "{name}", "left": "{count} {date}"}})");
  write("nl.json",
        R"({"name": "Nederlands", "fallback": "de", "messages":
        {"hello": "{name}", "left": "{count} {date}"}})");
  write("sv.json", R"({"name": "Svenska"})");
  load();
  EXPECT_TRUE(complains("fa.json:1: needs \"name\""));
  EXPECT_TRUE(complains("fa.json:1: \"direction\" is not that of the language: rtl"));
  EXPECT_TRUE(complains("fa.json:1: \"fallback\": there is no catalog xx"));
  EXPECT_TRUE(complains("de.json:1: \"fallback\" leads round in a circle"));
  EXPECT_TRUE(complains("nl.json:1: \"fallback\" leads round in a circle"));
  EXPECT_TRUE(complains("sv.json:1: needs an object \"messages\""));
  EXPECT_EQ(problems_.size(), 6U);
}

TEST_F(CatalogTest, WithoutEnglishThereIsOneProblemAndEveryKeyIsItself) {
  write("fa.json", R"({"name": "فارسی", "messages": {"hello": "سلام"}})");
  const auto catalogs = load();
  ASSERT_EQ(problems_.size(), 1U);
  EXPECT_TRUE(complains("en.json: missing"));
  EXPECT_FALSE(catalogs->has("hello"));
  EXPECT_EQ(catalogs->format("en", "hello", {}), "hello");
}

TEST_F(CatalogTest, SaysWhichLanguageAnswered) {
  write("en.json", kEnglish);
  write("fa.json", R"({"name": "فارسی", "messages": {"hello": "سلام {name}!"}})");
  write("fa-AF.json", R"({"name": "دری", "fallback": "fa", "messages": {}})");
  const auto catalogs = load();
  // A dialect inherits: only what its language lacks too is missing.
  EXPECT_TRUE(complains("fa-AF.json: left: missing message"));
  EXPECT_FALSE(complains("fa-AF.json: hello: missing message"));
  EXPECT_EQ(catalogs->locales(), (std::vector<std::string>{"en", "fa", "fa-AF"}));
  EXPECT_EQ(catalogs->say("fa", "hello", {{"name", "A"}}).locale, "fa");
  EXPECT_EQ(catalogs->say("fa-IR", "hello", {{"name", "A"}}).locale, "fa");
  EXPECT_EQ(catalogs->say("fa-AF", "hello", {{"name", "A"}}).locale, "fa");
  EXPECT_EQ(catalogs->say("fa-AF", "left", {{"count", std::int64_t{1}}}).locale, "en");
  EXPECT_EQ(catalogs->say("xx", "hello", {{"name", "A"}}).locale, "en");
}

TEST_F(CatalogTest, UnknownKeysAreCounted) {
  write("en.json", kEnglish);
  const auto catalogs = load();
  EXPECT_EQ(catalogs->unknown_keys(), 0U);
  const Sentence sentence = catalogs->say("en", "no.such", {});
  EXPECT_EQ(sentence.text, "no.such");
  EXPECT_EQ(sentence.locale, "");
  EXPECT_EQ(catalogs->unknown_keys(), 1U);
}

TEST_F(CatalogTest, ThreadsMayFormatTheSameMessage) {
  write("en.json", kEnglish);
  const auto catalogs = load();
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) {
        const std::string said =
            catalogs->format("en", "left", {{"count", std::int64_t{t + 2}}, {"date", "today"}});
        if (said != std::to_string(t + 2) + " credits until today") ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

const std::filesystem::path kSource = HANDRAIL_SOURCE_DIR;

std::string read(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

TEST(ShippedCatalogs, AreCompleteAndCorrect) {
  Problems problems;
  const auto catalogs = Catalogs::load((kSource / "locales").string(), problems);
  for (const Problem& problem : problems) ADD_FAILURE() << to_text(problem);
  EXPECT_GE(catalogs->locales().size(), 2U);
}

TEST(ShippedCatalogs, StandInTheOrderOfTheirKeys) {
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "locales")) {
    if (entry.path().extension() != ".json") continue;
    std::string last;
    for (const JsonKey& key : json_keys(read(entry.path()))) {
      if (!key.path.starts_with("messages/") || key.path.find('/', 9) != std::string::npos)
        continue;
      EXPECT_LT(last, key.path) << entry.path() << ":" << key.line;
      last = key.path;
    }
  }
}

TEST(ShippedCatalogs, HaveNoStraightApostropheThatIcuWouldReadAsAQuote) {
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "locales")) {
    if (entry.path().extension() != ".json") continue;
    const std::string text = read(entry.path());
    const std::size_t at = text.find('\'');
    EXPECT_EQ(at, std::string::npos)
        << entry.path() << ":" << line_of(text, at) << ": write \u2019";
  }
}

// A key in the conversation's code that no catalog has would be shown to a person as it is.
TEST(ShippedCatalogs, HaveEveryKeyThatTheConversationSays) {
  Problems problems;
  const auto catalogs = Catalogs::load((kSource / "locales").string(), problems);
  const nlohmann::json english =
      nlohmann::json::parse(read(kSource / "locales/en.json"))["messages"];
  const std::regex key(R"re("((?:account|button|label|reply|ticket|topic|word)\.[a-z_]+)")re");
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kSource / "bot/conversation")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string code = read(entry.path());
    for (std::sregex_iterator match(code.begin(), code.end(), key), end; match != end; ++match) {
      const std::string name = (*match)[1];
      ++found;
      // "ticket.status_" + state: at least one message begins so.
      const bool is_beginning = name.ends_with('_');
      const bool known =
          is_beginning ? std::any_of(english.items().begin(), english.items().end(),
                                     [&](const auto& item) { return item.key().starts_with(name); })
                       : catalogs->has(name);
      EXPECT_TRUE(known) << entry.path() << ":"
                         << line_of(code, static_cast<std::size_t>(match->position())) << ": "
                         << name;
    }
  }
  EXPECT_GT(found, 20U);
}

}  // namespace
}  // namespace handrail::locales
