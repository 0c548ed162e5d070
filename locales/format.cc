#include "locales/format.h"

#include <unicode/datefmt.h>
#include <unicode/dtptngen.h>
#include <unicode/numberformatter.h>
#include <unicode/smpdtfmt.h>
#include <unicode/timezone.h>
#include <unicode/ucurr.h>
#include <unicode/unistr.h>

#include <cmath>
#include <map>
#include <memory>
#include <mutex>

#include "locales/tag.h"

namespace handrail::locales {
namespace {

constexpr const char* kFirstStrongIsolate = "\xE2\x81\xA8";
constexpr const char* kPopIsolate = "\xE2\x81\xA9";

std::string to_std(const icu::UnicodeString& text) {
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

icu::Locale icu_locale(std::string_view locale) {
  UErrorCode status = U_ZERO_ERROR;
  const std::string name = formatting_locale(locale);
  icu::Locale result = icu::Locale::forLanguageTag(name, status);
  return U_FAILURE(status) ? icu::Locale::getEnglish() : result;
}

icu::UnicodeString to_icu(std::string_view text) {
  return icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string format_skeleton(std::int64_t at_ms, std::string_view locale, std::string_view time_zone, const char* skeleton) {
  // Making a date format costs far more than using it, so each thread keeps its own (ICU formats are not shared safely).
  thread_local std::map<std::string, std::unique_ptr<icu::DateFormat>> formats;
  const std::string key = std::string(locale) + "|" + std::string(time_zone) + "|" + skeleton;
  auto found = formats.find(key);
  if (found == formats.end()) {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::DateFormat> format(
        icu::DateFormat::createInstanceForSkeleton(icu::UnicodeString(skeleton), icu_locale(locale), status));
    if (U_FAILURE(status) || format == nullptr) return std::to_string(at_ms);
    format->adoptTimeZone(icu::TimeZone::createTimeZone(to_icu(is_time_zone(time_zone) ? time_zone : "UTC")));
    found = formats.emplace(key, std::move(format)).first;
  }
  icu::UnicodeString text;
  found->second->format(static_cast<UDate>(at_ms), text);
  return to_std(text);
}

}  // namespace

std::string formatting_locale(std::string_view locale) {
  const std::string tag = canonical_tag(locale);
  if (tag == "fa") return "fa-IR";  // region IR gives the Persian calendar
  return tag.empty() ? "en" : tag;
}

std::string format_number(std::int64_t value, std::string_view locale) {
  UErrorCode status = U_ZERO_ERROR;
  const auto formatted = icu::number::NumberFormatter::withLocale(icu_locale(locale)).formatInt(value, status);
  const icu::UnicodeString text = formatted.toString(status);
  return U_FAILURE(status) ? std::to_string(value) : to_std(text);
}

std::string format_money(std::int64_t amount_minor, std::string_view currency, std::string_view locale) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::CurrencyUnit unit(icu::StringPiece(currency.data(), static_cast<std::int32_t>(currency.size())), status);
  if (U_FAILURE(status)) return std::to_string(amount_minor) + " " + std::string(currency);
  const std::int32_t digits = ucurr_getDefaultFractionDigits(unit.getISOCurrency(), &status);
  // Decimal text keeps every digit; a double would not.
  std::string decimal = std::to_string(amount_minor < 0 ? -amount_minor : amount_minor);
  if (digits > 0) {
    const auto width = static_cast<std::size_t>(digits);
    if (decimal.size() <= width) decimal.insert(0, width + 1 - decimal.size(), '0');
    decimal.insert(decimal.size() - width, ".");
  }
  if (amount_minor < 0) decimal.insert(0, "-");
  const icu::UnicodeString text = icu::number::NumberFormatter::withLocale(icu_locale(locale))
                                      .unit(unit)
                                      .formatDecimal(decimal, status)
                                      .toString(status);
  return U_FAILURE(status) ? decimal + " " + std::string(currency) : to_std(text);
}

std::string format_date(std::int64_t at_ms, std::string_view locale, std::string_view time_zone) {
  return format_skeleton(at_ms, locale, time_zone, "yMMMMd");
}

std::string format_date_time(std::int64_t at_ms, std::string_view locale, std::string_view time_zone) {
  return format_skeleton(at_ms, locale, time_zone, "EEEEMMMMdjmz");
}

bool is_time_zone(std::string_view name) {
  if (name == "UTC" || name == "GMT") return true;
  const std::unique_ptr<icu::TimeZone> zone(icu::TimeZone::createTimeZone(to_icu(name)));
  return zone != nullptr && *zone != icu::TimeZone::getUnknown();
}

bool is_currency(std::string_view code) {
  if (code.size() != 3) return false;
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString text = to_icu(code);
  UChar buffer[4] = {text[0], text[1], text[2], 0};
  return ucurr_isAvailable(buffer, U_DATE_MIN, U_DATE_MAX, &status) != 0;
}

std::string isolate(std::string_view value, std::string_view locale) {
  if (direction(locale) == Direction::ltr) return std::string(value);
  return kFirstStrongIsolate + std::string(value) + kPopIsolate;
}

}  // namespace handrail::locales
