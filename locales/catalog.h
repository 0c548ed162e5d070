// Message catalogs: locales/<tag>.json, one a language. A message is a whole sentence in ICU
// MessageFormat syntax.
//   English: {"name": "English", "messages": {"key": {"text": "...", "note": "where a person sees
//   it"}}} others:  {"name": "فارسی", "fallback": "en", "messages": {"key": "..."}}
//
// `Messages` are parsed once; arguments are values and never markup or syntax. In right-to-left
// languages every argument is isolated (UAX #9). Catalogs are immutable after loading and safe to
// use from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "locales/bidi.h"
#include "locales/problem.h"

namespace handrail::locales {

struct Date {
  std::int64_t at_ms = 0;
};
struct DateTime {
  std::int64_t at_ms = 0;
};
struct Money {
  std::int64_t amount_minor = 0;
  std::string currency;
};
using Argument = std::variant<std::string, std::int64_t, Date, DateTime, Money>;
using Arguments = std::map<std::string, Argument>;

// An ICU message, parsed. `format` puts the arguments in; a missing argument shows as {name}.
class Message {
 public:
  // Nothing and *error when the text is not a message.
  static std::shared_ptr<const Message> parse(const std::string& text, const std::string& locale,
                                              std::string* error);
  std::string format(const Arguments& arguments, const std::string& time_zone) const;
  const std::set<std::string>& placeholders() const;
  // Plural categories (CLDR) that the locale needs and a plural in this message lacks, e.g.
  // {"few"}.
  const std::vector<std::string>& missing_plurals() const;
  ~Message();

 private:
  struct Parts;
  explicit Message(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

class Catalogs {
 public:
  // Every <tag>.json in `folder`. What is wrong is added to `problems`; what is right is loaded.
  static std::shared_ptr<const Catalogs> load(const std::string& folder, Problems& problems);

  // Tags, English first, then sorted.
  std::vector<std::string> locales() const;
  bool has(std::string_view key) const;  // in English, which has every key
  // The sentence in `locale` or along its fallbacks to English; the key itself when nobody has it.
  std::string format(const std::string& locale, const std::string& key, const Arguments& arguments,
                     const std::string& time_zone = "UTC") const;

 private:
  struct Catalog {
    std::string file;
    std::string name;
    std::string fallback;
    std::map<std::string, std::shared_ptr<const Message>, std::less<>> messages;
    std::map<std::string, int, std::less<>> lines;
  };
  static void load_one(const std::string& file, const std::string& tag, Catalog& catalog,
                       Problems& problems);
  void check(Problems& problems) const;

  std::map<std::string, Catalog, std::less<>> catalogs_;
};

}  // namespace handrail::locales
