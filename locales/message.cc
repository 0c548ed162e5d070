#include "locales/message.h"

#include <unicode/messagepattern.h>
#include <unicode/msgfmt.h>
#include <unicode/plurrule.h>
#include <unicode/strenum.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "locales/bidi.h"
#include "locales/format.h"

namespace handrail::locales {

struct Message::Parts {
  std::string locale;
  std::unique_ptr<icu::MessageFormat> format;
  std::string plain;  // what a message without placeholders says
  // ICU makes number formats and plural rules inside a MessageFormat at first use, without a lock, so each call works on a
  // copy of its own. Copies are kept for the next call: making one costs more than using it.
  std::mutex mutex;
  std::vector<std::unique_ptr<icu::MessageFormat>> spare;
  std::set<std::string> placeholders;
  std::set<std::string> choosers;  // placeholders of a select
  std::vector<std::string> missing_plurals;
};

namespace {

constexpr std::size_t kSpareCopies = 8;

std::string to_std(const icu::UnicodeString& text) {
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

icu::Formattable to_formattable(const std::string& text) {
  return icu::Formattable(icu::UnicodeString::fromUTF8(text));
}

// Arguments become text in our own formats, so that a message never formats dates or money by
// itself. A text that chooses must stay as it is: isolated, it would equal no choice.
icu::Formattable to_formattable(const Argument& argument, bool chooses, const std::string& locale,
                                const std::string& zone) {
  if (const auto* number = std::get_if<std::int64_t>(&argument)) return icu::Formattable(*number);
  if (const auto* text = std::get_if<std::string>(&argument)) {
    return to_formattable(chooses ? *text : isolate(*text, locale));
  }
  if (const auto* date = std::get_if<Date>(&argument)) {
    return to_formattable(isolate(format_date(date->at_ms, locale, zone), locale));
  }
  if (const auto* time = std::get_if<DateTime>(&argument)) {
    return to_formattable(isolate(format_date_time(time->at_ms, locale, zone), locale));
  }
  const auto& money = std::get<Money>(argument);
  return to_formattable(isolate(format_money(money.amount_minor, money.currency, locale), locale));
}

std::vector<std::string> plural_categories(const icu::Locale& locale, UPluralType type) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::PluralRules> rules(icu::PluralRules::forLocale(locale, type, status));
  std::vector<std::string> categories;
  if (U_FAILURE(status) || rules == nullptr) return categories;
  const std::unique_ptr<icu::StringEnumeration> keywords(rules->getKeywords(status));
  while (U_SUCCESS(status)) {
    const icu::UnicodeString* keyword = keywords->snext(status);
    if (keyword == nullptr) break;
    categories.push_back(to_std(*keyword));
  }
  return categories;
}

// The selectors of the plural or select that starts at part `start`, without those nested in it.
std::set<std::string> selectors_of(const icu::MessagePattern& tokens, std::int32_t start) {
  std::set<std::string> selectors;
  int depth = 0;
  for (std::int32_t i = start + 1; i < tokens.getLimitPartIndex(start); ++i) {
    const icu::MessagePattern::Part& part = tokens.getPart(i);
    if (part.getType() == UMSGPAT_PART_TYPE_MSG_START) ++depth;
    if (part.getType() == UMSGPAT_PART_TYPE_MSG_LIMIT) --depth;
    if (depth == 0 && part.getType() == UMSGPAT_PART_TYPE_ARG_SELECTOR) {
      selectors.insert(to_std(tokens.getSubstring(part)));
    }
  }
  return selectors;
}

}  // namespace

Message::Message(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Message::~Message() = default;

std::shared_ptr<const Message> Message::parse(const std::string& text, const std::string& locale,
                                              std::string* error) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError where;
  const icu::Locale icu_locale = icu::Locale::forLanguageTag(formatting_locale(locale), status);
  const icu::UnicodeString pattern = icu::UnicodeString::fromUTF8(text);
  auto parts = std::make_unique<Parts>();
  parts->locale = locale;
  parts->format = std::make_unique<icu::MessageFormat>(pattern, icu_locale, where, status);
  if (U_FAILURE(status)) {
    *error = std::string("not an ICU message (") + u_errorName(status) + " near character " +
             std::to_string(std::max(where.offset, 0)) + ")";
    return nullptr;
  }
  const icu::MessagePattern tokens(pattern, &where, status);
  for (std::int32_t i = 0; i < tokens.countParts(); ++i) {
    const icu::MessagePattern::Part& part = tokens.getPart(i);
    if (part.getType() != UMSGPAT_PART_TYPE_ARG_START) continue;
    const std::string name = to_std(tokens.getSubstring(tokens.getPart(i + 1)));
    parts->placeholders.insert(name);
    const UMessagePatternArgType type = part.getArgType();
    if (type == UMSGPAT_ARG_TYPE_SELECT) parts->choosers.insert(name);
    if (type != UMSGPAT_ARG_TYPE_PLURAL && type != UMSGPAT_ARG_TYPE_SELECTORDINAL) continue;
    const std::set<std::string> given = selectors_of(tokens, i);
    const UPluralType rules =
        type == UMSGPAT_ARG_TYPE_PLURAL ? UPLURAL_TYPE_CARDINAL : UPLURAL_TYPE_ORDINAL;
    for (const std::string& category : plural_categories(icu_locale, rules)) {
      if (given.count(category) == 0) parts->missing_plurals.push_back(category);
    }
  }
  if (parts->placeholders.empty()) {
    icu::UnicodeString plain;
    UErrorCode formatted = U_ZERO_ERROR;
    parts->format->format(nullptr, nullptr, 0, plain, formatted);
    if (U_SUCCESS(formatted)) parts->plain = to_std(plain);
  }
  return std::shared_ptr<const Message>(new Message(std::move(parts)));
}

const std::string& Message::locale() const { return parts_->locale; }
const std::set<std::string>& Message::placeholders() const { return parts_->placeholders; }
const std::vector<std::string>& Message::missing_plurals() const { return parts_->missing_plurals; }

std::string Message::format(const Arguments& arguments, const std::string& time_zone) const {
  if (!parts_->plain.empty()) return parts_->plain;
  std::vector<icu::UnicodeString> names;
  std::vector<icu::Formattable> values;
  names.reserve(arguments.size());
  values.reserve(arguments.size());
  for (const auto& [name, argument] : arguments) {
    if (parts_->placeholders.count(name) == 0) continue;
    names.push_back(icu::UnicodeString::fromUTF8(name));
    const bool chooses = parts_->choosers.count(name) != 0;
    values.push_back(to_formattable(argument, chooses, parts_->locale, time_zone));
  }
  std::unique_ptr<icu::MessageFormat> copy;
  {
    const std::lock_guard lock(parts_->mutex);
    if (!parts_->spare.empty()) {
      copy = std::move(parts_->spare.back());
      parts_->spare.pop_back();
    }
  }
  if (copy == nullptr) copy.reset(parts_->format->clone());
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString text;
  copy->format(names.data(), values.data(), static_cast<std::int32_t>(names.size()), text, status);
  if (U_FAILURE(status)) {
    text.remove();
    parts_->format->toPattern(text);
  }
  const std::lock_guard lock(parts_->mutex);
  if (parts_->spare.size() < kSpareCopies) parts_->spare.push_back(std::move(copy));
  return to_std(text);
}

}  // namespace handrail::locales
