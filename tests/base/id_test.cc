#include "bot/base/id.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

namespace handrail::base {
namespace {

constexpr std::int64_t kNow = 4'000'000'000'000;  // later than any other test of this program

TEST(Id, SortsByTimeAndIsUnique) {
  std::vector<std::string> ids;
  for (int i = 0; i < 1000; ++i) ids.push_back(new_id(kNow + i / 100));
  EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), ids.size());
  for (const std::string& id : ids) {
    EXPECT_EQ(id.size(), kIdCharacters);
    EXPECT_EQ(id.find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos);
  }
}

TEST(Id, StillGrowsWhenTheClockGoesBack) {
  const std::string before = new_id(kNow + 10'000);
  EXPECT_GT(new_id(kNow + 9'000), before);
}

TEST(Id, IsUniqueAcrossThreads) {
  std::vector<std::vector<std::string>> made(8);
  std::vector<std::thread> threads;
  for (auto& list : made) {
    threads.emplace_back([&list] {
      for (int i = 0; i < 500; ++i) list.push_back(new_id(kNow + 20'000));
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& list : made) {
    EXPECT_TRUE(std::is_sorted(list.begin(), list.end()));
    all.insert(list.begin(), list.end());
  }
  EXPECT_EQ(all.size(), 4000U);
}

TEST(Id, TheFirstOfAMomentDividesEarlierFromLater) {
  const std::int64_t at = kNow + 30'000;
  const std::string earlier = new_id(at - 1);
  const std::string later = new_id(at);
  EXPECT_LT(earlier, first_id_at(at));
  EXPECT_GE(later, first_id_at(at));
  EXPECT_EQ(first_id_at(0), std::string(kIdCharacters, '0'));
  EXPECT_EQ(first_id_at(-5), first_id_at(0));
}

TEST(RandomToken, IsBase64UrlAndNeverTheSame) {
  const std::string token = random_token(24);
  EXPECT_EQ(token.size(), 32U);
  EXPECT_NE(token, random_token(24));
  EXPECT_EQ(token.find_first_of("+/="), std::string::npos);
}

}  // namespace
}  // namespace handrail::base
