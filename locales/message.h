// One sentence in ICU MessageFormat syntax, parsed once, with its values put in many times.
//
// Values are never markup or syntax: a brace in a name is a brace. Dates, money and text are
// isolated (UAX #9) where the sentence's direction needs it; numbers stay numbers, for plurals.
// Immutable after parsing: safe to use from any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

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

class Message {
 public:
  // Nothing and *error when the text is not a message.
  static std::shared_ptr<const Message> parse(const std::string& text, const std::string& locale,
                                              std::string* error);
  // A missing argument shows as {name}. A text that chooses ({status, select, ...}) is compared as
  // it is and not isolated.
  std::string format(const Arguments& arguments, const std::string& time_zone) const;
  const std::string& locale() const;
  const std::set<std::string>& placeholders() const;
  // Plural categories (CLDR) that the locale needs and a plural in this message lacks: {"few"}.
  const std::vector<std::string>& missing_plurals() const;
  ~Message();

 private:
  struct Parts;
  explicit Message(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace handrail::locales
