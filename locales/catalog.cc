#include "locales/catalog.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "locales/json_lines.h"
#include "locales/tag.h"

namespace handrail::locales {
namespace {

constexpr const char* kEnglish = "en";
const std::string kMessages = "messages/";

std::string read_file(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string text_member(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

// The lines of the messages' keys; a key that stands twice is a problem, since only one is used.
std::map<std::string, int, std::less<>> message_lines(const std::string& file,
                                                      const std::string& text, Problems& problems) {
  std::map<std::string, int, std::less<>> lines;
  for (const JsonKey& key : json_keys(text)) {
    if (!key.path.starts_with(kMessages)) continue;
    const std::string name = key.path.substr(kMessages.size());
    if (name.find('/') != std::string::npos) continue;  // "text" and "note" inside an entry
    const auto [first, is_new] = lines.emplace(name, key.line);
    if (is_new) continue;
    problems.push_back(
        {file, key.line, name + ": stands twice, first in line " + std::to_string(first->second)});
  }
  return lines;
}

std::string joined(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "{" : ", {") + name + "}";
  return text;
}

// "{nom} is not in English; {name} is missing"; empty when both have the same.
std::string placeholder_difference(const Message& message, const Message& english) {
  std::set<std::string> extra;
  std::set<std::string> missing;
  const std::set<std::string>& own = message.placeholders();
  const std::set<std::string>& wanted = english.placeholders();
  std::set_difference(own.begin(), own.end(), wanted.begin(), wanted.end(),
                      std::inserter(extra, extra.end()));
  std::set_difference(wanted.begin(), wanted.end(), own.begin(), own.end(),
                      std::inserter(missing, missing.end()));
  std::string text;
  if (!extra.empty()) text = joined(extra) + " not in English";
  if (!missing.empty()) text += (text.empty() ? "" : "; ") + joined(missing) + " missing";
  return text;
}

}  // namespace

void Catalogs::load_file(const std::string& file, const std::string& tag, Problems& problems) {
  const std::string text = read_file(file);
  nlohmann::json json;
  try {
    json = nlohmann::json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    problems.push_back({file, line_of(text, error.byte), "not JSON"});
    return;
  }
  if (!json.is_object() || !json.contains("messages") || !json["messages"].is_object()) {
    problems.push_back({file, 1, "needs an object \"messages\""});
    return;
  }
  if (text_member(json, "name").empty()) {
    problems.push_back({file, 1, "needs \"name\": the language in its own words"});
  }
  const std::string own_direction = direction_name(tag);
  if (json.contains("direction") && text_member(json, "direction") != own_direction) {
    problems.push_back({file, 1, "\"direction\" is not that of the language: " + own_direction});
  }
  Catalog& catalog = catalogs_[tag];
  catalog.file = file;
  catalog.fallback = text_member(json, "fallback");
  catalog.lines = message_lines(file, text, problems);
  for (const auto& [key, value] : json["messages"].items()) {
    const int line = catalog.lines[key];
    const auto complain = [&, &name = key](const std::string& what) {
      problems.push_back({file, line, name + ": " + what});
    };
    const std::string words = value.is_object()   ? text_member(value, "text")
                              : value.is_string() ? value.get<std::string>()
                                                  : "";
    if (words.empty()) {
      complain("needs a text");
      continue;
    }
    if (tag == kEnglish && (!value.is_object() || text_member(value, "note").empty())) {
      complain("the English entry needs a \"note\": where does a person see it?");
    }
    if (!has_balanced_bidi(words)) complain("bidi marks are not balanced");
    std::string error;
    auto message = Message::parse(words, tag, &error);
    if (message == nullptr) {
      complain(error);
      continue;
    }
    for (const std::string& category : message->missing_plurals()) {
      complain("the plural form \"" + category + "\" is missing");
    }
    catalog.messages[key] = std::move(message);
  }
}

void Catalogs::check_fallback(const std::string& tag, const Catalog& catalog,
                              Problems& problems) const {
  std::string next = catalog.fallback;
  for (std::size_t hops = 0; !next.empty(); ++hops) {
    const auto found = catalogs_.find(next);
    if (found == catalogs_.end()) {
      problems.push_back({catalog.file, 1, "\"fallback\": there is no catalog " + next});
      return;
    }
    if (next == tag || hops > catalogs_.size()) {
      problems.push_back({catalog.file, 1, "\"fallback\" leads round in a circle"});
      return;
    }
    next = found->second.fallback;
  }
}

void Catalogs::check_against_english(const Catalog& english, const std::string& tag,
                                     const Catalog& catalog, Problems& problems) const {
  const std::vector<const Catalog*> places = chain(tag);
  for (const auto& [key, message] : english.messages) {
    const auto own = catalog.messages.find(key);
    if (own != catalog.messages.end()) {
      const std::string difference = placeholder_difference(*own->second, *message);
      if (difference.empty()) continue;
      problems.push_back({catalog.file, catalog.lines.at(key),
                          key + ": placeholders differ from English: " + difference});
      continue;
    }
    // A dialect may leave out what the language it falls back to has.
    const bool inherited =
        std::any_of(places.begin(), places.end(), [&, &name = key](const Catalog* place) {
          return place != &english && place->lines.count(name) != 0;
        });
    if (!inherited) problems.push_back({catalog.file, 0, key + ": missing message"});
  }
  for (const auto& [key, line] : catalog.lines) {
    if (english.lines.count(key) == 0) {
      problems.push_back({catalog.file, line, key + ": no such message in English"});
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
    catalogs->load_file(path.string(), tag, problems);
  }
  const auto english = catalogs->catalogs_.find(kEnglish);
  if (english == catalogs->catalogs_.end()) {
    problems.push_back({folder + "/en.json", 0, "missing: every catalog falls back to English"});
    return catalogs;
  }
  for (const auto& [tag, catalog] : catalogs->catalogs_) {
    catalogs->check_fallback(tag, catalog, problems);
    if (tag != kEnglish) {
      catalogs->check_against_english(english->second, tag, catalog, problems);
    }
  }
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

std::vector<const Catalogs::Catalog*> Catalogs::chain(std::string_view locale) const {
  std::vector<const Catalog*> places;
  const auto add = [&](std::string_view tag) {
    const auto found = catalogs_.find(tag);
    if (found == catalogs_.end()) return false;
    const bool is_new = std::find(places.begin(), places.end(), &found->second) == places.end();
    if (is_new) places.push_back(&found->second);
    return is_new;
  };
  for (std::string_view tag = locale; !tag.empty();) {
    if (add(tag)) break;
    const std::size_t hyphen = tag.rfind('-');
    tag = hyphen == std::string_view::npos ? "" : tag.substr(0, hyphen);
  }
  while (!places.empty() && add(places.back()->fallback)) {
  }
  add(kEnglish);
  return places;
}

Sentence Catalogs::say(const std::string& locale, const std::string& key,
                       const Arguments& arguments, const std::string& time_zone) const {
  for (const Catalog* place : chain(locale)) {
    const auto message = place->messages.find(key);
    if (message == place->messages.end()) continue;
    return {message->second->format(arguments, time_zone), message->second->locale()};
  }
  ++unknown_keys_;
  return {key, ""};
}

std::string Catalogs::format(const std::string& locale, const std::string& key,
                             const Arguments& arguments, const std::string& time_zone) const {
  return say(locale, key, arguments, time_zone).text;
}

}  // namespace handrail::locales
