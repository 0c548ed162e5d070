#include "locales/json_lines.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace handrail::locales {
namespace {

std::vector<std::string> keys(std::string_view json) {
  std::vector<std::string> list;
  for (const JsonKey& key : json_keys(json))
    list.push_back(std::to_string(key.line) + " " + key.path);
  return list;
}

TEST(JsonKeys, HaveTheirPathAndLine) {
  using List = std::vector<std::string>;
  EXPECT_EQ(keys("{}"), List{});
  EXPECT_EQ(keys("{\"a\": 1,\n\n \"b\": {\"c\"\n: \"d\"}, \"e\": 2}"),
            (List{"1 a", "3 b", "3 b/c", "4 e"}));
  EXPECT_EQ(keys("{\"a\": \"\\\"b\\\": {\", \"c\": 1}"), (List{"1 a", "1 c"}))
      << "text that looks like JSON";
  EXPECT_EQ(keys("{\"a\": [{\"x\": 1}, \"y\"],\n\"b\": 1}"), (List{"1 a", "2 b"}))
      << "arrays are passed over";
  EXPECT_EQ(keys("{\"a\": 1, \"a\": 2}"), (List{"1 a", "1 a"})) << "both of two equal keys";
  EXPECT_EQ(keys("{\"\\u0061\\n\": 1}"), List{"1 a\n"});
}

TEST(JsonKeys, OfBrokenTextEndQuietly) {
  for (const char* text :
       {"", "}", "]", "\"", "{\"a", "{\"a\\", "{\"a\":", "[{\"a\": 1}", "{\"\\x\": 1}"}) {
    EXPECT_LE(json_keys(text).size(), 1U) << text;
  }
}

TEST(LineOf, CountsFromOneAndStopsAtTheEnd) {
  EXPECT_EQ(line_of("a\nb", 0), 1);
  EXPECT_EQ(line_of("a\nb", 2), 2);
  EXPECT_EQ(line_of("a\nb", 99), 2);
}

}  // namespace
}  // namespace handrail::locales
