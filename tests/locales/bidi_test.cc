#include "locales/bidi.h"

#include <gtest/gtest.h>

namespace handrail::locales {
namespace {

struct Isolated {
  const char* value;
  const char* locale;
  const char* result;
};

TEST(Isolate, TableOfValues) {
  const Isolated cases[] = {
      {"Pro", "en", "Pro"},
      {"Zoë", "en", "Zoë"},
      {"Pro", "fa", "\u2068Pro\u2069"},
      {"", "fa", "\u2068\u2069"},
      {"Pro", "fa-Latn", "Pro"},
      {"علی", "en", "\u2068علی\u2069"},  // a Persian name would reorder an English sentence
      {"۱۴۰۴", "en", "۱۴۰۴"},            // Persian digits read left to right
      // A name that tries to turn the rest of the sentence, or to close our isolate.
      {"a\u202Eb", "en", "ab"},
      {"a\u2069\u202Eb", "fa", "\u2068ab\u2069"},
      {"\u2067שלום\u2069", "en", "\u2068\u2067שלום\u2069\u2069"},
      {"\xFF", "en", "\uFFFD"},
  };
  for (const Isolated& c : cases)
    EXPECT_EQ(isolate(c.value, c.locale), c.result) << c.value << " in " << c.locale;
}

TEST(Balance, IsByKindAndInOrder) {
  EXPECT_TRUE(has_balanced_bidi(""));
  EXPECT_TRUE(has_balanced_bidi("\u2068a \u202Bb\u202C\u2069"));
  EXPECT_FALSE(has_balanced_bidi("\u2067x"));
  EXPECT_FALSE(has_balanced_bidi("x\u2069"));
  EXPECT_FALSE(has_balanced_bidi("\u2068x\u202C"));              // closed by the other kind
  EXPECT_FALSE(has_balanced_bidi("\u2068\u202Bx\u2069\u202C"));  // closed in the wrong order
}

}  // namespace
}  // namespace handrail::locales
