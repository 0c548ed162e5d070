#include "intents/words.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "locales/tag.h"
#include "locales/text.h"

namespace handrail::intents {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view kSuffix = ".words.json";
constexpr std::array<const char*, 7> kWeekdays{"sunday",   "monday", "tuesday", "wednesday",
                                               "thursday", "friday", "saturday"};
constexpr std::array<const char*, 3> kDays{"today", "yesterday", "day_before_yesterday"};
constexpr int kLargestNumber = 31;

struct SlotName {
  const char* name;
  Slot slot;
};
constexpr std::array<SlotName, 6> kSlots{{{"{n}", Slot::number},
                                          {"{unit}", Slot::unit},
                                          {"{weekday}", Slot::weekday},
                                          {"{day}", Slot::day},
                                          {"{month}", Slot::month},
                                          {"{year}", Slot::year}}};

// Reads one file; what is wrong in it is reported and left out.
class Reader {
 public:
  Reader(const std::string& file, locales::Problems& problems) : file_(file), problems_(problems) {}

  Words read() {
    std::ifstream stream(file_);
    const json given = json::parse(stream, nullptr, false);
    if (!given.is_object()) {
      wrong("is not a JSON object");
      return {};
    }
    for (const auto& [key, value] : given.items()) read_key(key, value);
    return std::move(words_);
  }

 private:
  void wrong(const std::string& what) { problems_.push_back({file_, 0, what}); }

  void read_key(const std::string& key, const json& value) {
    const std::map<std::string, PhraseTable*> lists = {
        {"joiners", &words_.joiners},     {"prefixes", &words_.prefixes},
        {"denials", &words_.denials},     {"told", &words_.told},
        {"money", &words_.money},         {"corrections", &words_.corrections},
        {"thousands", &words_.thousands}, {"tickets", &words_.tickets},
        {"orders", &words_.orders},       {"number_words", &words_.number_words},
        {"card_ends", &words_.card_ends}, {"coming", &words_.coming}};
    const std::map<std::string, std::vector<Pattern>*> patterns = {
        {"ago", &words_.ago}, {"last_weekday", &words_.last_weekday}, {"dates", &words_.dates}};
    if (const auto list = lists.find(key); list != lists.end()) {
      for (const std::string& phrase : strings(key, value)) list->second->add(phrase, 1);
    } else if (const auto pattern = patterns.find(key); pattern != patterns.end()) {
      for (const std::string& text : strings(key, value))
        pattern->second->push_back(pattern_of(key, text));
    } else if (key == "statements") {
      read_numbered(key, value, words_.statements,
                    [](const std::string& name) { return place_of(name, kStatementNames); });
    } else if (key == "currencies") {
      read_numbered(key, value, words_.currencies,
                    [](const std::string& code) { return number_of_currency(code); });
    } else if (key == "days") {
      read_numbered(key, value, words_.days,
                    [](const std::string& name) { return place_of(name, kDays); });
    } else if (key == "units") {
      read_numbered(key, value, words_.units,
                    [](const std::string& name) { return unit_of(name); });
    } else if (key == "numbers") {
      read_numbered(key, value, words_.numbers,
                    [](const std::string& name) { return number_in(name, kLargestNumber); });
    } else if (key == "weekdays") {
      read_numbered(key, value, words_.weekdays,
                    [](const std::string& name) { return place_of(name, kWeekdays); });
    } else if (key == "months" || key == "persian_months") {
      PhraseTable& table = key == "months" ? words_.months : words_.persian_months;
      read_numbered(key, value, table, [](const std::string& name) { return number_in(name, 12); });
    } else if (key == "month_first") {
      words_.month_first = value.is_boolean() && value.get<bool>();
    } else {
      wrong("no such key: " + key);
    }
  }

  std::vector<std::string> strings(const std::string& key, const json& value) {
    std::vector<std::string> list;
    if (!value.is_array()) wrong(key + " must be a list of strings");
    for (const json& entry : value.is_array() ? value : json::array()) {
      if (entry.is_string() && !locales::fold_to_utf8(entry.get<std::string>()).empty()) {
        list.push_back(entry.get<std::string>());
      } else {
        wrong(key + " must be a list of strings, none of them empty");
      }
    }
    return list;
  }

  template <typename NumberOf>
  void read_numbered(const std::string& key, const json& value, PhraseTable& table,
                     NumberOf number_of) {
    if (!value.is_object()) return wrong(key + " must be an object of lists");
    for (const auto& [name, phrases] : value.items()) {
      const std::optional<int> number = number_of(name);
      if (!number) wrong(key + " has no " + name);
      for (const std::string& phrase : strings(key + "." + name, phrases)) {
        if (number) table.add(phrase, *number);
      }
    }
  }

  Pattern pattern_of(const std::string& key, std::string_view text) {
    Pattern pattern;
    while (!text.empty()) {
      if (text.front() != '{') {
        const std::size_t end = std::min(text.find('{'), text.size());
        const std::u32string words = locales::fold(text.substr(0, end)).text;
        if (!words.empty()) pattern.push_back({Slot::words, words});
        text.remove_prefix(end);
        continue;
      }
      const auto slot = std::find_if(kSlots.begin(), kSlots.end(),
                                     [&](const SlotName& s) { return text.rfind(s.name, 0) == 0; });
      if (slot == kSlots.end()) {
        wrong(key + ": no such slot in " + std::string(text));
        return {};
      }
      pattern.push_back({slot->slot, U""});
      text.remove_prefix(std::string_view(slot->name).size());
    }
    return pattern;
  }

  template <typename Names>
  static std::optional<int> place_of(const std::string& name, const Names& names) {
    const auto found = std::find(std::begin(names), std::end(names), name);
    if (found == std::end(names)) return std::nullopt;
    return static_cast<int>(found - std::begin(names));
  }
  static std::optional<int> number_of_currency(const std::string& code) {
    if (code == "TOMAN") return kToman;
    const bool is_code = code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) {
                           return c >= 'A' && c <= 'Z';
                         });
    return is_code ? std::optional(currency_number(code)) : std::nullopt;
  }
  static std::optional<int> unit_of(const std::string& name) {
    if (name == "day") return 1;
    if (name == "week") return 7;
    return name == "month" ? std::optional(kMonthUnit) : std::nullopt;
  }
  static std::optional<int> number_in(const std::string& name, int largest) {
    const bool is_number = !name.empty() && name.size() <= 2 &&
                           name.find_first_not_of("0123456789") == std::string::npos;
    const int number = is_number ? std::stoi(name) : 0;
    return number >= 1 && number <= largest ? std::optional(number) : std::nullopt;
  }

  std::string file_;
  locales::Problems& problems_;
  Words words_;
};

}  // namespace

void PhraseTable::add(const std::string& phrase, int value) {
  std::u32string folded = locales::fold(phrase).text;
  std::replace(folded.begin(), folded.end(), U'\u2019', U'\'');
  if (folded.empty()) return;
  auto& list = by_first_[folded.front()];
  const auto at = std::find_if(list.begin(), list.end(), [&](const auto& known) {
    return known.first.size() < folded.size();
  });
  list.insert(at, {std::move(folded), value});
}

int currency_number(const std::string& code) { return (code[0] << 16) | (code[1] << 8) | code[2]; }

std::string currency_code(int number) {
  return {static_cast<char>(number >> 16), static_cast<char>((number >> 8) & 0xFF),
          static_cast<char>(number & 0xFF)};
}

void WordBook::load(const std::string& folder, locales::Problems& problems) {
  std::error_code error;
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    const bool is_ours = name.size() > kSuffix.size() &&
                         name.compare(name.size() - kSuffix.size(), kSuffix.size(), kSuffix) == 0;
    if (is_ours) files.insert(entry.path());
  }
  for (const fs::path& file : files) {
    const std::string name = file.filename().string();
    const std::string locale = name.substr(0, name.size() - kSuffix.size());
    if (locales::canonical_tag(locale) != locale) {
      problems.push_back(
          {file.string(), 0, "the file name is not a language tag such as fa.words.json"});
      continue;
    }
    words_[locale] = Reader(file.string(), problems).read();
  }
}

const Words& WordBook::of(const std::string& locale) const {
  static const Words kNone;
  const auto found = words_.find(locale);
  return found == words_.end() ? kNone : found->second;
}

}  // namespace handrail::intents
