// Migrations are frozen: the hash of each is written down here. A change to a released one would
// leave the databases out there with a schema that nobody knows; add a new file instead, and its
// hash as a new line.
#include "bot/storage/migrations.h"

#include <gtest/gtest.h>

#include "bot/base/secret.h"

namespace handrail::storage {
namespace {

struct Frozen {
  int number;
  const char* engine;
  const char* hash;
};
constexpr Frozen kFrozen[] = {
    {1, "", "efe8200ba6ea8e2d5e43f66bc30326531c970ad1ae6afbabe63edb598316308b"},
    {2, "", "8fb321c418626ecbc7ea723492e3e4d9592cf07132109779087f55245ef8e401"},
    {3, "", "9206cb719db36a28636627efb6410db869f8070ba5f0743e3141be261c82e55f"},
    {4, "", "c635fd3084dfe871dfa5cd3813d54e689e5bedd8c3e1a4962e1682d67c831ec2"},
};

TEST(Migrations, AreFrozen) {
  ASSERT_EQ(migrations().size(), std::size(kFrozen));
  for (std::size_t i = 0; i < std::size(kFrozen); ++i) {
    const Migration& migration = migrations()[i];
    EXPECT_EQ(migration.number, kFrozen[i].number);
    EXPECT_EQ(migration.engine, kFrozen[i].engine);
    EXPECT_EQ(base::hash_token(migration.sql), kFrozen[i].hash)
        << "migration " << migration.number << " was changed";
  }
}

TEST(Migrations, CountUpWithoutGaps) {
  int expected = 1;
  for (const Migration& migration : migrations()) {
    EXPECT_TRUE(migration.number == expected ||
                (!migration.engine.empty() && migration.number == expected - 1))
        << migration.number;
    expected = migration.number + 1;
  }
}

}  // namespace
}  // namespace handrail::storage
