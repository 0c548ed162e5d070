// Known answers come from RFC 4231 (HMAC-SHA256) and RFC 4648 (base64url).
#include "bot/base/secret.h"

#include <gtest/gtest.h>

namespace handrail::base {
namespace {

std::string hex(const std::string& raw) {
  std::string text;
  for (const unsigned char c : raw) {
    text += "0123456789abcdef"[c >> 4];
    text += "0123456789abcdef"[c & 15];
  }
  return text;
}

TEST(Hmac, MatchesRfc4231) {
  EXPECT_EQ(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac_sha256(std::string(131, '\xaa'),
                            "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Base64, MatchesRfc4648) {
  EXPECT_EQ(to_base64("fooba"), "Zm9vYmE=");
  EXPECT_EQ(to_base64("\xfb\xff\xfe"), "+//+");
  EXPECT_EQ(to_base64(""), "");
}

TEST(Base64Url, MatchesRfc4648AndRefusesTheRest) {
  EXPECT_EQ(to_base64url("fooba"), "Zm9vYmE");
  EXPECT_EQ(to_base64url("\xfb\xff\xfe"), "-__-");
  EXPECT_EQ(to_base64url(""), "");
  EXPECT_EQ(from_base64url("Zm9vYmE"), "fooba");
  EXPECT_EQ(from_base64url(""), "");
  for (const char* bad : {"Zm9vYmE=", "Zm9v YmE", "Z", "+//-", "Zm9vYmF"}) {
    EXPECT_FALSE(from_base64url(bad).has_value()) << bad;
  }
}

TEST(Password, IsVerifiedByItsHashOnly) {
  const std::string hash = hash_password("correct horse");
  EXPECT_EQ(hash.rfind("$argon2id$", 0), 0U);
  EXPECT_NE(hash, hash_password("correct horse"));
  EXPECT_TRUE(verify_password("correct horse", hash));
  EXPECT_FALSE(verify_password("correct horsf", hash));
  EXPECT_FALSE(verify_password("", ""));
  EXPECT_FALSE(verify_password("x", "not a hash"));
}

TEST(Token, HashIsStableAndHex) {
  EXPECT_EQ(hash_token("abc"), hash_token("abc"));
  EXPECT_NE(hash_token("abc"), hash_token("abd"));
  EXPECT_EQ(hash_token("").size(), 64U);
}

TEST(EqualConstantTime, ComparesContentAndLength) {
  EXPECT_TRUE(equal_constant_time("abc", "abc"));
  EXPECT_FALSE(equal_constant_time("abc", "abd"));
  EXPECT_FALSE(equal_constant_time("abc", "abcd"));
  EXPECT_TRUE(equal_constant_time("", ""));
}

TEST(Vault, OpensWhatItSealed) {
  const auto vault = Vault::open(Vault::new_key());
  ASSERT_TRUE(vault.has_value());
  for (const std::string& plain :
       {std::string(), std::string("token"), std::string("a\0b", 3), std::string(10'000, 'x')}) {
    EXPECT_EQ(vault->unseal(vault->seal(plain)), plain);
  }
  EXPECT_NE(vault->seal("token"), vault->seal("token"));
}

TEST(Vault, RefusesWhatWasChangedOrSealedByAnother) {
  const auto vault = Vault::open(Vault::new_key());
  const auto other = Vault::open(Vault::new_key());
  std::string sealed = vault->seal("token");
  EXPECT_FALSE(other->unseal(sealed).has_value());
  sealed[sealed.size() / 2] = sealed[sealed.size() / 2] == 'A' ? 'B' : 'A';
  EXPECT_FALSE(vault->unseal(sealed).has_value());
  for (const char* bad : {"", "AAAA", "not base64url!"})
    EXPECT_FALSE(vault->unseal(bad).has_value()) << bad;
}

TEST(Vault, NeedsAKeyOfItsSize) {
  EXPECT_FALSE(Vault::open("").has_value());
  EXPECT_FALSE(Vault::open(to_base64url(std::string(Vault::kKeyBytes - 1, 'k'))).has_value());
  EXPECT_FALSE(Vault::open(to_base64url(std::string(Vault::kKeyBytes + 1, 'k'))).has_value());
  EXPECT_TRUE(Vault::open(to_base64url(std::string(Vault::kKeyBytes, 'k'))).has_value());
}

}  // namespace
}  // namespace handrail::base
