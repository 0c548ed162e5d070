// Message catalogs: locales/<tag>.json, one a language, each message a whole sentence (message.h).
//
//   en.json  {"name": "English", "direction": "ltr", "fallback": null,
//             "messages": {"key": {"text": "...", "note": "where a person sees it"}}}
//   others   {"name": "فارسی", "direction": "rtl", "fallback": "en", "messages": {"key": "..."}}
//
// English has every key, and every chain of fallbacks ends there. `direction` may be left out,
// since the language tells it; when given it must agree. Catalogs are immutable after loading and
// safe to use from any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "locales/bidi.h"
#include "locales/message.h"
#include "locales/problem.h"

namespace handrail::locales {

// A sentence and the language it is in, which is another than asked for after a fallback.
struct Sentence {
  std::string text;
  std::string locale;  // empty: no catalog has the key, and `text` is the key
};

class Catalogs {
 public:
  // Every <tag>.json in `folder`. What is wrong is added to `problems`, all at once; what is right
  // is loaded.
  static std::shared_ptr<const Catalogs> load(const std::string& folder, Problems& problems);

  // Tags, English first, then sorted.
  std::vector<std::string> locales() const;
  bool has(std::string_view key) const;  // in English, which has every key

  // The sentence in `locale` ("fa-IR" finds "fa") or along its fallbacks to English.
  Sentence say(const std::string& locale, const std::string& key, const Arguments& arguments,
               const std::string& time_zone = "UTC") const;
  // The text of `say`.
  std::string format(const std::string& locale, const std::string& key, const Arguments& arguments,
                     const std::string& time_zone = "UTC") const;
  // How often a key was asked for that nobody has: a defect of the program, worth a metric.
  std::uint64_t unknown_keys() const { return unknown_keys_; }

 private:
  struct Catalog {
    std::string file;
    std::string fallback;
    std::map<std::string, std::shared_ptr<const Message>, std::less<>> messages;
    std::map<std::string, int, std::less<>> lines;  // of every key in the file, broken ones too
  };
  void load_file(const std::string& file, const std::string& tag, Problems& problems);
  void check_fallback(const std::string& tag, const Catalog& catalog, Problems& problems) const;
  void check_against_english(const Catalog& english, const std::string& tag, const Catalog& catalog,
                             Problems& problems) const;
  // The catalogs to look in for `locale`, best first.
  std::vector<const Catalog*> chain(std::string_view locale) const;

  std::map<std::string, Catalog, std::less<>> catalogs_;
  mutable std::atomic<std::uint64_t> unknown_keys_ = 0;
};

}  // namespace handrail::locales
