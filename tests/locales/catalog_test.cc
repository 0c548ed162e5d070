// Catalogs are written to a temporary folder, so that each kind of mistake is seen where it is
// made.
#include "locales/catalog.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace handrail::locales {
namespace {

class CatalogTest : public testing::Test {
 protected:
  CatalogTest() {
    folder_ = std::filesystem::temp_directory_path() /
              ("handrail-catalog-" + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
    std::filesystem::create_directories(folder_);
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
  "left": {"text": "{count, plural, one {# credit} other {# credits}} until {date}", "note": "status"}}})";

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
}

TEST(ShippedCatalogs, AreCompleteAndCorrect) {
  Problems problems;
  Catalogs::load(std::string(HANDRAIL_SOURCE_DIR) + "/locales", problems);
  for (const Problem& problem : problems) ADD_FAILURE() << to_text(problem);
}

}  // namespace
}  // namespace handrail::locales
