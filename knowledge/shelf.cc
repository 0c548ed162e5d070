#include "knowledge/shelf.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "knowledge/search_index.h"
#include "locales/tag.h"

namespace handrail::knowledge {

namespace fs = std::filesystem;
using nlohmann::json;

struct Entry {
  std::string id;
  std::string group;
  Condition when;
};
struct StepEntry {
  std::string id;
  bool has_image = false;
  Condition done_when;
  bool can_be_done = false;
};
struct CalloutEntry {
  std::string id;
  std::string tone;
  std::string step;
  Condition when;
};
struct VerifyEntry {
  Condition verified_when;
  Condition not_done_when;
  std::string back_to;
};

struct Guide {
  std::string topic;
  std::string version;
  std::vector<Entry> intro;
  std::vector<StepEntry> steps;
  std::vector<CalloutEntry> callouts;
  std::vector<Entry> outro;
  std::optional<VerifyEntry> verify;
  std::map<std::string, GuideWords> words;
};

struct Shelf::Index {
  SearchIndex search;
};

namespace {

constexpr const char* kEnglish = "en";

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream buffer;
  buffer << stream.rdbuf();
  return buffer.str();
}

int line_of(const std::string& text, const std::string& id) {
  const std::size_t at = text.find("\"" + id + "\"");
  return at == std::string::npos
             ? 1
             : 1 + static_cast<int>(std::count(
                       text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

// Reads guide.json and gathers what is wrong.
class GuideReader {
 public:
  GuideReader(std::string file, std::string text, locales::Problems& problems)
      : file_(std::move(file)), text_(std::move(text)), problems_(problems) {}

  void read(Guide& guide) {
    const json root = json::parse(text_, nullptr, false);
    if (!root.is_object()) {
      problems_.push_back({file_, 1, "not a JSON object"});
      return;
    }
    try {
      read(root, guide);
    } catch (const json::exception& error) {
      // A text where true or false belongs and the like: the guide is refused, the program goes on.
      problems_.push_back({file_, 1, std::string("a value has the wrong type: ") + error.what()});
    }
  }

 private:
  void read(const json& root, Guide& guide) {
    know_keys(root, {"kind", "intro", "steps", "callouts", "outro", "verify"});
    const std::string kind = root.value("kind", "");
    if (kind != "guide" && kind != "answer")
      problems_.push_back({file_, line_of(text_, "kind"), "kind must be guide or answer"});
    guide.intro = entries(root, "intro");
    guide.outro = entries(root, "outro");
    each(root, "steps", [&](const json& item, const std::string& id) {
      know_keys(item, {"id", "image", "done_when"});
      StepEntry step;
      step.id = id;
      step.has_image = item.value("image", false);
      step.can_be_done = item.contains("done_when");
      step.done_when = condition(item, "done_when", id);
      guide.steps.push_back(std::move(step));
    });
    each(root, "callouts", [&](const json& item, const std::string& id) {
      know_keys(item, {"id", "tone", "step", "when"});
      const std::string tone = item.value("tone", "info");
      if (tone != "info" && tone != "warning")
        problems_.push_back({file_, line_of(text_, id), id + ": tone must be info or warning"});
      guide.callouts.push_back(
          {id, item.value("tone", "info"), item.value("step", ""), condition(item, "when", id)});
      if (!guide.callouts.back().step.empty() && !has_step(guide, guide.callouts.back().step)) {
        problems_.push_back(
            {file_, line_of(text_, id), "no such step: " + guide.callouts.back().step});
      }
    });
    if (root.contains("verify")) {
      const json& verify = root["verify"];
      if (!verify.is_object()) {
        problems_.push_back({file_, line_of(text_, "verify"), "verify must be an object"});
        return;
      }
      know_keys(verify, {"verified_when", "not_done_when", "back_to"});
      // Without its condition an outcome would always be claimed.
      for (const char* needed : {"verified_when", "not_done_when"}) {
        if (!verify.contains(needed))
          problems_.push_back(
              {file_, line_of(text_, "verify"), std::string("verify needs ") + needed});
      }
      guide.verify =
          VerifyEntry{condition(verify, "verified_when", "verify"),
                      condition(verify, "not_done_when", "verify"), verify.value("back_to", "")};
      if (!has_step(guide, guide.verify->back_to)) {
        problems_.push_back({file_, line_of(text_, "back_to"),
                             "verify.back_to: no such step: " + guide.verify->back_to});
      }
    }
  }

  // A misspelt "when" would silently be always true.
  void know_keys(const json& object, const std::set<std::string>& known) {
    for (const auto& [key, value] : object.items()) {
      if (known.count(key) == 0)
        problems_.push_back({file_, line_of(text_, key), "unknown key " + key});
    }
  }

  static bool has_step(const Guide& guide, const std::string& id) {
    return std::any_of(guide.steps.begin(), guide.steps.end(),
                       [&](const StepEntry& step) { return step.id == id; });
  }

  template <typename Each>
  void each(const json& root, const char* key, Each action) {
    if (!root.contains(key)) return;
    if (!root[key].is_array()) {
      problems_.push_back({file_, line_of(text_, key), std::string(key) + " must be a list"});
      return;
    }
    for (const json& item : root[key]) {
      const bool named = item.is_object() && item.contains("id") && item["id"].is_string();
      if (!named) {
        problems_.push_back(
            {file_, line_of(text_, key), std::string(key) + ": every entry needs an id"});
        continue;
      }
      const std::string id = item["id"].get<std::string>();
      if (!ids_.insert(id).second)
        problems_.push_back({file_, line_of(text_, id), "the id " + id + " stands twice"});
      action(item, id);
    }
  }

  std::vector<Entry> entries(const json& root, const char* key) {
    std::vector<Entry> list;
    each(root, key, [&](const json& item, const std::string& id) {
      know_keys(item, {"id", "group", "when"});
      list.push_back({id, item.value("group", ""), condition(item, "when", id)});
    });
    return list;
  }

  Condition condition(const json& item, const char* key, const std::string& id) {
    if (!item.contains(key)) return Condition::always();
    std::vector<std::string> errors;
    Condition parsed = Condition::parse(item[key], errors);
    for (const std::string& error : errors)
      problems_.push_back({file_, line_of(text_, id), id + ": " + error});
    return parsed;
  }

  std::string file_;
  std::string text_;
  std::set<std::string> ids_;
  locales::Problems& problems_;
};

std::vector<std::string> section_ids(const Guide& guide) {
  std::vector<std::string> ids;
  for (const Entry& entry : guide.intro) ids.push_back(entry.id);
  for (const StepEntry& step : guide.steps) ids.push_back(step.id);
  for (const CalloutEntry& callout : guide.callouts) ids.push_back(callout.id);
  for (const Entry& entry : guide.outro) ids.push_back(entry.id);
  if (guide.verify) ids.insert(ids.end(), {"verified", "not_done", "cannot_tell"});
  return ids;
}

void check_words(const Guide& guide, const fs::path& folder,
                 const std::vector<std::string>& locales, const std::string& english_text,
                 locales::Problems& problems) {
  const std::vector<std::string> ids = section_ids(guide);
  for (const std::string& locale : locales) {
    const auto words = guide.words.find(locale);
    const std::string file = (folder / (locale + ".md")).string();
    if (words == guide.words.end()) {
      problems.push_back({file, 0, "missing: " + guide.topic + " has no words in " + locale});
      continue;
    }
    for (const std::string& id : ids) {
      if (!words->second.has(id)) problems.push_back({file, 0, "missing section: ## " + id});
    }
    for (const auto& [id, section] : words->second.sections()) {
      if (std::find(ids.begin(), ids.end(), id) == ids.end())
        problems.push_back({file, section.line, "unknown section: " + id});
      if (section.paragraphs.empty())
        problems.push_back({file, section.line, "the section " + id + " has no words"});
    }
    if (locale == kEnglish) continue;
    const auto english = guide.words.find(kEnglish);
    if (english == guide.words.end()) continue;
    for (const auto& [id, section] : words->second.sections()) {
      const auto original = english->second.sections().find(id);
      if (original != english->second.sections().end() &&
          original->second.placeholders != section.placeholders) {
        problems.push_back({file, section.line, id + ": placeholders differ from English"});
      }
    }
    if (words->second.source() != source_hash(english_text)) {
      problems.push_back(
          {file, 1,
           "stale: en.md has changed since this was translated; review it and write <!-- source: " +
               source_hash(english_text) + " --> in the first line"});
    }
  }
}

void check_images(const Guide& guide, const fs::path& folder, locales::Problems& problems) {
  for (const StepEntry& step : guide.steps) {
    if (!step.has_image) continue;
    for (const char* direction : {"ltr", "rtl"}) {
      for (const char* type : {"svg", "png"}) {
        const fs::path image = folder / "images" / (step.id + "." + direction + "." + type);
        if (!fs::exists(image)) problems.push_back({image.string(), 0, "missing image"});
      }
    }
  }
}

std::string joined(const std::vector<std::string>& paragraphs, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < paragraphs.size(); ++i)
    text += (text.empty() ? "" : "\n") + paragraphs[i];
  return text;
}

}  // namespace

Shelf::Shelf() = default;
Shelf::~Shelf() = default;

std::shared_ptr<const Shelf> Shelf::load(const std::string& folder,
                                         const std::vector<std::string>& locales,
                                         const std::string& time_zone,
                                         locales::Problems& problems) {
  std::shared_ptr<Shelf> shelf(new Shelf());
  shelf->time_zone_ = time_zone;
  shelf->index_ = std::make_unique<Index>();
  std::vector<fs::path> folders;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.is_directory() && fs::exists(entry.path() / "guide.json"))
      folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  if (folders.empty()) problems.push_back({folder, 0, "no guides found"});
  for (const fs::path& path : folders) {
    auto guide = std::make_unique<Guide>();
    guide->topic = path.filename().string();
    const std::string text = read_file(path / "guide.json");
    GuideReader((path / "guide.json").string(), text, problems).read(*guide);
    std::string all = text;
    std::string english;
    for (const auto& entry : fs::directory_iterator(path)) {
      if (entry.path().extension() != ".md") continue;
      const std::string locale = entry.path().stem().string();
      const std::string words = read_file(entry.path());
      if (locale == kEnglish) english = words;
      guide->words.emplace(locale,
                           GuideWords::parse(words, entry.path().string(), locale, problems));
      shelf->index_->search.add(guide->topic, words);
    }
    for (const auto& [locale, words] : guide->words) all += read_file(words.file());
    guide->version = source_hash(all);
    check_words(*guide, path, locales, english, problems);
    check_images(*guide, path, problems);
    shelf->guides_.emplace(guide->topic, std::move(guide));
  }
  return shelf;
}

const Guide* Shelf::find(const std::string& topic) const {
  const auto found = guides_.find(topic);
  return found == guides_.end() ? nullptr : found->second.get();
}

std::vector<std::string> Shelf::topics() const {
  std::vector<std::string> names;
  for (const auto& [topic, guide] : guides_) names.push_back(topic);
  return names;
}

namespace {

const GuideWords* words_in(const Guide& guide, const std::string& locale, std::string* used) {
  std::vector<std::string> have;
  for (const auto& [tag, words] : guide.words) have.push_back(tag);
  const std::string tag =
      locales::negotiate({locale, kEnglish}, have).value_or(have.empty() ? "" : have.front());
  *used = tag;
  const auto found = guide.words.find(tag);
  return found == guide.words.end() ? nullptr : &found->second;
}

}  // namespace

std::string Shelf::title(const std::string& topic, const std::string& locale) const {
  const Guide* guide = find(topic);
  std::string used;
  const GuideWords* words = guide == nullptr ? nullptr : words_in(*guide, locale, &used);
  return words == nullptr ? topic : words->title({}, time_zone_);
}

RenderedGuide Shelf::render(const std::string& topic, const std::string& locale,
                            const Facts& facts) const {
  RenderedGuide result;
  result.topic = topic;
  const Guide* guide = find(topic);
  const GuideWords* words = guide == nullptr ? nullptr : words_in(*guide, locale, &result.locale);
  if (words == nullptr) return result;
  result.version = guide->version;
  result.title = words->title(facts, time_zone_);
  result.fell_back_to_english =
      result.locale == kEnglish && locales::negotiate({locale}, {kEnglish}) == std::nullopt;
  const auto tell = [&](const std::vector<Entry>& entries, std::vector<std::string>& into) {
    std::set<std::string> told;
    for (const Entry& entry : entries) {
      if (!entry.when.holds(facts) || (!entry.group.empty() && told.count(entry.group) != 0))
        continue;
      const auto paragraphs = words->paragraphs(entry.id, facts, time_zone_);
      if (paragraphs.empty()) continue;
      if (!entry.group.empty()) told.insert(entry.group);
      into.insert(into.end(), paragraphs.begin(), paragraphs.end());
    }
  };
  tell(guide->intro, result.intro);
  const std::string direction = locales::direction_name(result.locale);
  for (const StepEntry& entry : guide->steps) {
    const auto paragraphs = words->paragraphs(entry.id, facts, time_zone_);
    GuideStep step;
    step.id = entry.id;
    step.title = paragraphs.empty() ? entry.id : paragraphs.front();
    step.text = joined(paragraphs, 1);
    step.done = entry.can_be_done && entry.done_when.holds(facts);
    if (entry.has_image) {
      const std::string stem = "/media/" + topic + "/" + entry.id + "." + direction;
      step.picture = Picture{stem + ".svg", stem + ".png", step.title};
    }
    result.steps.push_back(std::move(step));
  }
  for (const CalloutEntry& entry : guide->callouts) {
    if (!entry.when.holds(facts)) continue;
    result.callouts.push_back(
        {entry.tone, joined(words->paragraphs(entry.id, facts, time_zone_), 0), entry.step});
  }
  tell(guide->outro, result.outro);
  return result;
}

Verification Shelf::verify(const std::string& topic, const std::string& locale,
                           const Facts& facts) const {
  Verification result;
  const Guide* guide = find(topic);
  std::string used;
  const GuideWords* words = guide == nullptr ? nullptr : words_in(*guide, locale, &used);
  if (words == nullptr || !guide->verify) return result;
  result.back_to = guide->verify->back_to;
  if (guide->verify->verified_when.holds(facts))
    result.outcome = Outcome::verified;
  else if (guide->verify->not_done_when.holds(facts))
    result.outcome = Outcome::not_done;
  const char* section = result.outcome == Outcome::verified   ? "verified"
                        : result.outcome == Outcome::not_done ? "not_done"
                                                              : "cannot_tell";
  result.text = joined(words->paragraphs(section, facts, time_zone_), 0);
  return result;
}

std::vector<SearchHit> Shelf::search(const std::string& text, const std::string&,
                                     std::size_t limit) const {
  std::vector<SearchHit> hits;
  for (const auto& [topic, score] : index_->search.find(text, limit))
    hits.push_back({topic, score});
  return hits;
}

}  // namespace handrail::knowledge
