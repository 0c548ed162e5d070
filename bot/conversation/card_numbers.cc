#include "bot/conversation/card_numbers.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "locales/text.h"

namespace handrail::conversation {

namespace {

constexpr std::size_t kFewestDigits = 13;
constexpr std::size_t kMostDigits = 19;
constexpr std::size_t kDigitsKept = 4;
constexpr char32_t kDot = U'\u2022';
constexpr std::u32string_view kSeparators = U" -\u00A0\u2009\u2011\u2013";

// The first digits of payment networks (ISO/IEC 7812-1): 2 to 6, and 9 for national ones.
bool begins_like_a_card(int digit) { return (digit >= 2 && digit <= 6) || digit == 9; }

int digit_of(char32_t c) { return u_charDigitValue(static_cast<UChar32>(c)); }

bool passes_luhn(const std::u32string& text, const std::vector<std::size_t>& digits) {
  int sum = 0;
  bool doubled = false;
  for (auto at = digits.rbegin(); at != digits.rend(); ++at, doubled = !doubled) {
    const int digit = digit_of(text[*at]) * (doubled ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return sum % 10 == 0;
}

// The digits that belong together from `begin` on, with the position behind them.
std::pair<std::vector<std::size_t>, std::size_t> digits_from(const std::u32string& text, std::size_t begin) {
  std::vector<std::size_t> digits;
  std::size_t at = begin;
  while (at < text.size()) {
    const bool parts = !digits.empty() && kSeparators.find(text[at]) != std::u32string_view::npos && at + 1 < text.size() &&
                       digit_of(text[at + 1]) >= 0;
    if (digit_of(text[at]) >= 0) {
      digits.push_back(at);
    } else if (!parts) {
      break;
    }
    ++at;
  }
  return {digits, at};
}

}  // namespace

std::optional<std::string> mask_card_numbers(const std::string& utf8) {
  std::u32string text;
  bool found = false;
  // Cheap first: most messages have no run of digits at all.
  const auto may_be_digit = [](unsigned char c) { return (c >= '0' && c <= '9') || c >= 0x80; };
  if (std::count_if(utf8.begin(), utf8.end(), may_be_digit) < static_cast<std::ptrdiff_t>(kFewestDigits)) return std::nullopt;
  text = locales::to_utf32(utf8);
  for (std::size_t i = 0; i < text.size();) {
    if (digit_of(text[i]) < 0) {
      ++i;
      continue;
    }
    const auto [digits, end] = digits_from(text, i);
    const bool is_card = digits.size() >= kFewestDigits && digits.size() <= kMostDigits &&
                         begins_like_a_card(digit_of(text[digits.front()])) && passes_luhn(text, digits);
    if (is_card) {
      for (std::size_t k = 0; k + kDigitsKept < digits.size(); ++k) text[digits[k]] = kDot;
      found = true;
    }
    i = end;
  }
  if (!found) return std::nullopt;
  return locales::to_utf8(text);
}

std::optional<adapters::InboundMessage> without_card_numbers(const adapters::InboundMessage& message) {
  std::optional<adapters::InboundMessage> masked;
  const auto copy = [&]() -> adapters::InboundMessage& {
    if (!masked) masked = message;
    return *masked;
  };
  if (auto text = mask_card_numbers(message.text)) copy().text = std::move(*text);
  for (const auto& [name, value] : message.fields.items()) {
    if (!value.is_string()) continue;
    if (auto text = mask_card_numbers(value.get<std::string>())) copy().fields[name] = std::move(*text);
  }
  return masked;
}

}  // namespace handrail::conversation
