#include "locales/tag.h"

#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <algorithm>

namespace handrail::locales {
namespace {

constexpr std::size_t kLongestTag =
    35;  // RFC 5646 section 4.4.1: enough for every registered combination

// Bogus when it is not a tag.
icu::Locale to_icu(std::string_view tag) {
  UErrorCode status = U_ZERO_ERROR;
  icu::Locale locale = icu::Locale::forLanguageTag(
      icu::StringPiece(tag.data(), static_cast<std::int32_t>(tag.size())), status);
  if (U_FAILURE(status)) locale.setToBogus();
  return locale;
}

std::string language_of(const std::string& tag) { return tag.substr(0, tag.find('-')); }

// The script people most likely write the tag's language in: "Hant" for zh-TW.
std::string likely_script(const std::string& tag) {
  UErrorCode status = U_ZERO_ERROR;
  icu::Locale locale = to_icu(tag);
  locale.addLikelySubtags(status);
  return U_FAILURE(status) ? "" : locale.getScript();
}

}  // namespace

std::string canonical_tag(std::string_view tag) {
  if (tag.empty() || tag.size() > kLongestTag) return "";
  std::string hyphened(tag);
  std::replace(hyphened.begin(), hyphened.end(), '_', '-');
  icu::Locale locale = to_icu(hyphened);
  if (locale.isBogus() || std::string_view(locale.getLanguage()).empty()) return "";
  UErrorCode status = U_ZERO_ERROR;
  locale.canonicalize(status);
  const auto canonical = locale.toLanguageTag<std::string>(status);
  return U_FAILURE(status) ? "" : canonical;
}

std::optional<std::string> negotiate(const std::vector<std::string>& wanted,
                                     const std::vector<std::string>& available) {
  for (const std::string& raw : wanted) {
    const std::string full = canonical_tag(raw);
    for (std::string tag = full; !tag.empty();) {
      if (std::find(available.begin(), available.end(), tag) != available.end()) return tag;
      const std::size_t hyphen = tag.rfind('-');
      tag.resize(hyphen == std::string::npos ? 0 : hyphen);
    }
    if (full.empty()) continue;
    const std::string* kin = nullptr;
    for (const std::string& have : available) {
      if (language_of(have) != language_of(full)) continue;
      if (likely_script(have) == likely_script(full)) return have;
      if (kin == nullptr) kin = &have;
    }
    if (kin != nullptr) return *kin;
  }
  return std::nullopt;
}

Direction direction(std::string_view tag) {
  const icu::Locale locale = to_icu(canonical_tag(tag));
  return !locale.isBogus() && locale.isRightToLeft() ? Direction::rtl : Direction::ltr;
}

std::string direction_name(std::string_view tag) { return direction(tag) == Direction::rtl ? "rtl" : "ltr"; }

std::string display_name(std::string_view tag, std::string_view in) {
  icu::UnicodeString name;
  to_icu(canonical_tag(tag)).getDisplayName(to_icu(canonical_tag(in)), name);
  std::string utf8;
  name.toUTF8String(utf8);
  return utf8;
}

}  // namespace handrail::locales
