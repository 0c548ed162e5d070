#include "locales/catalog.h"

#include <unicode/messagepattern.h>
#include <unicode/msgfmt.h>
#include <unicode/plurrule.h>
#include <unicode/strenum.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <nlohmann/json.hpp>

#include "locales/bidi.h"
#include "locales/format.h"
#include "locales/tag.h"
#include "locales/text.h"

namespace handrail::locales {
namespace {

constexpr const char* kEnglish = "en";

std::string to_std(const icu::UnicodeString& text) {
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

// Arguments become text in our own formats, so a message never formats dates or money by itself;
// numbers stay numbers for plural rules.
icu::Formattable to_formattable(const Argument& argument, const std::string& locale,
                                const std::string& zone) {
  const auto text = [&](const std::string& value) {
    return icu::Formattable(icu::UnicodeString::fromUTF8(isolate(value, locale)));
  };
  if (const auto* value = std::get_if<std::string>(&argument)) return text(*value);
  if (const auto* value = std::get_if<std::int64_t>(&argument)) return icu::Formattable(*value);
  if (const auto* value = std::get_if<Date>(&argument))
    return text(format_date(value->at_ms, locale, zone));
  if (const auto* value = std::get_if<DateTime>(&argument))
    return text(format_date_time(value->at_ms, locale, zone));
  const auto& money = std::get<Money>(argument);
  return text(format_money(money.amount_minor, money.currency, locale));
}

std::vector<std::string> plural_categories(const icu::Locale& locale) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::PluralRules> rules(icu::PluralRules::forLocale(locale, status));
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

int line_of(const std::string& text, std::size_t at) {
  return 1 + static_cast<int>(
                 std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

}  // namespace

struct Message::Parts {
  std::string locale;
  std::unique_ptr<icu::MessageFormat> format;
  std::set<std::string> placeholders;
  std::vector<std::string> missing_plurals;
};

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
  icu::MessagePattern tokens(pattern, &where, status);
  const std::vector<std::string> needed = plural_categories(icu_locale);
  for (std::int32_t i = 0; i < tokens.countParts(); ++i) {
    const icu::MessagePattern::Part& part = tokens.getPart(i);
    if (part.getType() == UMSGPAT_PART_TYPE_ARG_NAME ||
        part.getType() == UMSGPAT_PART_TYPE_ARG_NUMBER) {
      parts->placeholders.insert(to_std(tokens.getSubstring(part)));
    }
    if (part.getType() != UMSGPAT_PART_TYPE_ARG_START ||
        part.getArgType() != UMSGPAT_ARG_TYPE_PLURAL)
      continue;
    std::set<std::string> given;
    const std::int32_t limit = tokens.getLimitPartIndex(i);
    int depth = 0;
    for (std::int32_t j = i + 1; j < limit; ++j) {
      const auto type = tokens.getPart(j).getType();
      if (type == UMSGPAT_PART_TYPE_MSG_START) ++depth;
      if (type == UMSGPAT_PART_TYPE_MSG_LIMIT) --depth;
      if (depth == 0 && type == UMSGPAT_PART_TYPE_ARG_SELECTOR)
        given.insert(to_std(tokens.getSubstring(tokens.getPart(j))));
    }
    for (const std::string& category : needed) {
      if (given.count(category) == 0) parts->missing_plurals.push_back(category);
    }
  }
  return std::shared_ptr<const Message>(new Message(std::move(parts)));
}

const std::set<std::string>& Message::placeholders() const { return parts_->placeholders; }
const std::vector<std::string>& Message::missing_plurals() const { return parts_->missing_plurals; }

std::string Message::format(const Arguments& arguments, const std::string& time_zone) const {
  std::vector<icu::UnicodeString> names;
  std::vector<icu::Formattable> values;
  names.reserve(arguments.size());
  values.reserve(arguments.size());
  for (const auto& [name, argument] : arguments) {
    if (parts_->placeholders.count(name) == 0) continue;
    names.push_back(icu::UnicodeString::fromUTF8(name));
    values.push_back(to_formattable(argument, parts_->locale, time_zone));
  }
  UErrorCode status = U_ZERO_ERROR;
  icu::UnicodeString text;
  // MessageFormat::format(names, ...) is const and does not change shared state once the
  // sub-formats are made by use; ICU caches plural providers lazily without a lock, so each call
  // works on its own copy.
  const std::unique_ptr<icu::MessageFormat> copy(
      static_cast<icu::MessageFormat*>(parts_->format->clone()));
  copy->format(names.data(), values.data(), static_cast<std::int32_t>(names.size()), text, status);
  if (U_FAILURE(status)) {
    text.remove();
    parts_->format->toPattern(text);
  }
  return to_std(text);
}

void Catalogs::load_one(const std::string& file, const std::string& tag, Catalog& catalog,
                        Problems& problems) {
  catalog.file = file;
  std::ifstream stream(file, std::ios::binary);
  std::stringstream buffer;
  buffer << stream.rdbuf();
  const std::string text = buffer.str();
  nlohmann::json json;
  try {
    json = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    problems.push_back({file, line_of(text, std::min(error.byte, text.size())), "not JSON"});
    return;
  }
  if (!json.is_object() || !json.contains("messages") || !json["messages"].is_object()) {
    problems.push_back({file, 1, "needs an object \"messages\""});
    return;
  }
  catalog.name =
      json.contains("name") && json["name"].is_string() ? json["name"].get<std::string>() : "";
  if (catalog.name.empty())
    problems.push_back({file, 1, "needs \"name\": the language in its own words"});
  if (json.contains("fallback") && json["fallback"].is_string())
    catalog.fallback = json["fallback"].get<std::string>();
  for (const auto& [key, value] : json["messages"].items()) {
    const std::size_t at = text.find("\"" + key + "\"");
    const int line = at == std::string::npos ? 1 : line_of(text, at);
    catalog.lines[key] = line;
    const bool with_note = value.is_object() && value.contains("text") && value["text"].is_string();
    if (!with_note && !value.is_string()) {
      problems.push_back({file, line, key + ": needs a text"});
      continue;
    }
    if (tag == kEnglish && (!with_note || !value.contains("note"))) {
      problems.push_back(
          {file, line, key + ": the English entry needs a \"note\": where does a person see it?"});
    }
    const std::string words =
        with_note ? value["text"].get<std::string>() : value.get<std::string>();
    if (!has_balanced_bidi(words))
      problems.push_back({file, line, key + ": bidi marks are not balanced"});
    std::string error;
    auto message = Message::parse(words, tag, &error);
    if (message == nullptr) {
      problems.push_back({file, line, key + ": " + error});
      continue;
    }
    for (const std::string& category : message->missing_plurals()) {
      problems.push_back({file, line, key + ": the plural form \"" + category + "\" is missing"});
    }
    catalog.messages[key] = std::move(message);
  }
}

void Catalogs::check(Problems& problems) const {
  const auto english = catalogs_.find(kEnglish);
  if (english == catalogs_.end()) return;
  for (const auto& [tag, catalog] : catalogs_) {
    if (tag == kEnglish) continue;
    for (const auto& [key, message] : english->second.messages) {
      const auto own = catalog.messages.find(key);
      if (own == catalog.messages.end()) {
        if (catalog.lines.count(key) == 0)
          problems.push_back({catalog.file, 0, key + ": missing message"});
      } else if (own->second->placeholders() != message->placeholders()) {
        problems.push_back(
            {catalog.file, catalog.lines.at(key), key + ": placeholders differ from English"});
      }
    }
    for (const auto& [key, line] : catalog.lines) {
      if (english->second.lines.count(key) == 0) {
        problems.push_back({catalog.file, line, key + ": no such message in English"});
      }
    }
  }
}

std::shared_ptr<const Catalogs> Catalogs::load(const std::string& folder, Problems& problems) {
  auto catalogs = std::make_shared<Catalogs>();
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& path : files) {
    const std::string tag = path.stem().string();
    if (canonical_tag(tag) != tag) {
      problems.push_back(
          {path.string(), 0, "the file name is not a language tag such as fa or pt-BR"});
      continue;
    }
    load_one(path.string(), tag, catalogs->catalogs_[tag], problems);
  }
  if (catalogs->catalogs_.count(kEnglish) == 0)
    problems.push_back({folder + "/en.json", 0, "missing: every catalog falls back to English"});
  catalogs->check(problems);
  return catalogs;
}

std::vector<std::string> Catalogs::locales() const {
  std::vector<std::string> tags;
  if (catalogs_.count(kEnglish) != 0) tags.emplace_back(kEnglish);
  for (const auto& [tag, catalog] : catalogs_) {
    if (tag != kEnglish) tags.push_back(tag);
  }
  return tags;
}

bool Catalogs::has(std::string_view key) const {
  const auto english = catalogs_.find(kEnglish);
  return english != catalogs_.end() &&
         english->second.messages.find(key) != english->second.messages.end();
}

std::string Catalogs::format(const std::string& locale, const std::string& key,
                             const Arguments& arguments, const std::string& time_zone) const {
  std::string tag = locale;
  for (int hops = 0; hops < 4; ++hops) {
    const auto catalog = catalogs_.find(tag);
    if (catalog != catalogs_.end()) {
      const auto message = catalog->second.messages.find(key);
      if (message != catalog->second.messages.end())
        return message->second->format(arguments, time_zone);
      tag = catalog->second.fallback.empty() ? kEnglish : catalog->second.fallback;
    } else {
      tag = kEnglish;
    }
  }
  return key;
}

}  // namespace handrail::locales
