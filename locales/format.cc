#include "locales/format.h"

#include <unicode/datefmt.h>
#include <unicode/numberformatter.h>
#include <unicode/timezone.h>
#include <unicode/ucurr.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "locales/tag.h"

namespace handrail::locales {
namespace {

// Made for a handful of locales, one time zone and a few patterns; a bound all the same.
constexpr std::size_t kFormatsAThread = 64;

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
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

std::string format_skeleton(std::int64_t at_ms, std::string_view locale, std::string_view time_zone,
                            const char* skeleton) {
  // Making a date format costs far more than using it, so each thread keeps its own (ICU formats
  // are not shared safely).
  thread_local std::map<std::string, std::unique_ptr<icu::DateFormat>> formats;
  const std::string key = std::string(locale) + "|" + std::string(time_zone) + "|" + skeleton;
  auto found = formats.find(key);
  if (found == formats.end()) {
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::DateFormat> format(icu::DateFormat::createInstanceForSkeleton(
        icu::UnicodeString(skeleton), icu_locale(locale), status));
    if (U_FAILURE(status) || format == nullptr) return std::to_string(at_ms);
    if (formats.size() >= kFormatsAThread) formats.clear();
    format->adoptTimeZone(
        icu::TimeZone::createTimeZone(to_icu(is_time_zone(time_zone) ? time_zone : "UTC")));
    found = formats.emplace(key, std::move(format)).first;
  }
  icu::UnicodeString text;
  found->second->format(static_cast<UDate>(at_ms), text);
  return to_std(text);
}

// ISO 4217 counts hundredths (or thousandths) of these where CLDR, which ICU follows, shows none.
// Payment providers bill in ISO's units, so reading them CLDR's way would show a hundredfold. The
// Iranian rial is left out on purpose: no system counts its hundredths, and amounts in it come as
// whole rials.
struct IsoDigits {
  std::u16string_view currency;
  std::int32_t digits;
};
constexpr IsoDigits kIsoDigits[] = {{u"AFN", 2}, {u"ALL", 2}, {u"IQD", 3}, {u"KPW", 2}, {u"LAK", 2},
                                    {u"LBP", 2}, {u"MGA", 2}, {u"MMK", 2}, {u"RSD", 2}, {u"SLL", 2},
                                    {u"SOS", 2}, {u"SYP", 2}, {u"YER", 2}};

std::int32_t minor_digits(const char16_t* currency, std::int32_t otherwise) {
  for (const IsoDigits& known : kIsoDigits) {
    if (known.currency == std::u16string_view(currency)) return known.digits;
  }
  return otherwise;
}

// "12.50" for 1250 and 2 digits. Decimal text keeps every digit; a double would not.
struct Decimal {
  std::string text;
  bool fraction_is_zero = true;
};
Decimal to_decimal(std::int64_t amount_minor, std::int32_t digits) {
  const bool negative = amount_minor < 0;
  const auto magnitude = negative ? 0 - static_cast<std::uint64_t>(amount_minor)
                                  : static_cast<std::uint64_t>(amount_minor);
  std::uint64_t scale = 1;
  for (std::int32_t i = 0; i < digits; ++i) scale *= 10;
  const std::uint64_t fraction = magnitude % scale;
  Decimal decimal;
  decimal.fraction_is_zero = fraction == 0;
  if (negative) decimal.text += '-';
  decimal.text += std::to_string(magnitude / scale);
  if (digits > 0)
    decimal.text.append(".").append(std::to_string(scale + fraction),
                                    1);  // from 1: the scale keeps zeros
  return decimal;
}

// Rounded up: whoever is told "within 2 hours" must not wait longer.
std::pair<std::int64_t, icu::MeasureUnit> in_largest_unit(std::chrono::milliseconds duration) {
  using namespace std::chrono;
  const auto minutes_up = ceil<minutes>(std::max(duration, milliseconds(0)));
  if (minutes_up < hours(1)) return {minutes_up.count(), icu::MeasureUnit::getMinute()};
  const auto hours_up = ceil<hours>(minutes_up);
  constexpr hours kSaidInHours(48);
  if (hours_up < kSaidInHours) return {hours_up.count(), icu::MeasureUnit::getHour()};
  return {ceil<days>(hours_up).count(), icu::MeasureUnit::getDay()};
}

}  // namespace

std::string formatting_locale(std::string_view locale) {
  const std::string tag = canonical_tag(locale);
  if (tag == "fa") return "fa-IR";  // region IR gives the Persian calendar
  return tag.empty() ? "en" : tag;
}

std::string format_number(std::int64_t value, std::string_view locale) {
  UErrorCode status = U_ZERO_ERROR;
  const auto formatted =
      icu::number::NumberFormatter::withLocale(icu_locale(locale)).formatInt(value, status);
  const icu::UnicodeString text = formatted.toString(status);
  return U_FAILURE(status) ? std::to_string(value) : to_std(text);
}

std::string format_money(std::int64_t amount_minor, std::string_view currency,
                         std::string_view locale) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::CurrencyUnit unit(
      icu::StringPiece(currency.data(), static_cast<std::int32_t>(currency.size())), status);
  if (U_FAILURE(status)) return std::to_string(amount_minor) + " " + std::string(currency);
  const std::int32_t shown = ucurr_getDefaultFractionDigits(unit.getISOCurrency(), &status);
  const std::int32_t digits = minor_digits(unit.getISOCurrency(), shown);
  const Decimal decimal = to_decimal(amount_minor, digits);
  // Where readers see fewer digits than the unit has, a round amount is shown their way and any
  // other in full: money is never rounded.
  const bool as_usual = digits <= shown || decimal.fraction_is_zero;
  const auto precision =
      as_usual ? icu::number::Precision(icu::number::Precision::currency(UCURR_USAGE_STANDARD))
               : icu::number::Precision(icu::number::Precision::fixedFraction(digits));
  const icu::UnicodeString text = icu::number::NumberFormatter::withLocale(icu_locale(locale))
                                      .unit(unit)
                                      .precision(precision)
                                      .formatDecimal(decimal.text, status)
                                      .toString(status);
  return U_FAILURE(status) ? decimal.text + " " + std::string(currency) : to_std(text);
}

std::string format_duration(std::chrono::milliseconds duration, std::string_view locale) {
  const auto [amount, unit] = in_largest_unit(duration);
  UErrorCode status = U_ZERO_ERROR;
  const icu::UnicodeString text = icu::number::NumberFormatter::withLocale(icu_locale(locale))
                                      .unit(unit)
                                      .unitWidth(UNUM_UNIT_WIDTH_FULL_NAME)
                                      .formatInt(amount, status)
                                      .toString(status);
  return U_FAILURE(status) ? std::to_string(amount) : to_std(text);
}

std::string format_date(std::int64_t at_ms, std::string_view locale, std::string_view time_zone) {
  return format_skeleton(at_ms, locale, time_zone, "yMMMMd");
}

std::string format_date_time(std::int64_t at_ms, std::string_view locale,
                             std::string_view time_zone) {
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

}  // namespace handrail::locales
