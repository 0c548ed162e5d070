#include "knowledge/guide_words.h"

#include <cmark.h>

#include <array>
#include <cstdio>

namespace handrail::knowledge {
namespace {

constexpr const char* kSourceComment = "<!-- source: ";

// ICU arguments are named without dots: "last_charge.at" is written {last_charge_at} in a text.
std::string argument_name(const std::string& fact) {
  std::string name = fact;
  for (char& c : name) {
    if (c == '.') c = '_';
  }
  return name;
}

// Our output knows two marks, **bold** and `code`: a value that carries them is shown with
// look-alikes.
std::string without_marks(const std::string& value) {
  std::string plain;
  for (const char c : value) {
    if (c == '*')
      plain += "\u2217";
    else if (c == '`')
      plain += '\'';
    else
      plain += c;
  }
  return plain;
}

locales::Arguments to_arguments(const Facts& facts) {
  locales::Arguments arguments;
  for (const auto& [name, value] : facts) {
    if (const auto* text = std::get_if<std::string>(&value))
      arguments.emplace(argument_name(name), without_marks(*text));
    if (const auto* number = std::get_if<std::int64_t>(&value))
      arguments.emplace(argument_name(name), *number);
    if (const auto* date = std::get_if<locales::Date>(&value))
      arguments.emplace(argument_name(name), *date);
    if (const auto* money = std::get_if<locales::Money>(&value))
      arguments.emplace(argument_name(name), *money);
  }
  return arguments;
}

const std::set<std::string>& known_arguments() {
  static const std::set<std::string> names = [] {
    std::set<std::string> list;
    for (const std::string& fact : fact_vocabulary()) list.insert(argument_name(fact));
    return list;
  }();
  return names;
}

// The text of a paragraph, with our light marks for emphasis, code and links. Each literal goes
// through `literal` first.
void inline_text(cmark_node* parent, std::string& out) {
  for (cmark_node* node = cmark_node_first_child(parent); node != nullptr;
       node = cmark_node_next(node)) {
    const char* literal = cmark_node_get_literal(node);
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_TEXT:
        out += literal;
        break;
      case CMARK_NODE_CODE:
        out += '`';
        out += literal;
        out += '`';
        break;
      case CMARK_NODE_SOFTBREAK:
        out += ' ';
        break;
      case CMARK_NODE_LINEBREAK:
        out += '\n';
        break;
      case CMARK_NODE_STRONG:
        out += "**";
        inline_text(node, out);
        out += "**";
        break;
      case CMARK_NODE_LINK:
      case CMARK_NODE_IMAGE:
        inline_text(node, out);
        out += std::string(" (") + cmark_node_get_url(node) + ")";
        break;
      default:
        inline_text(node, out);
    }
  }
}

struct DocumentDeleter {
  void operator()(cmark_node* node) const { cmark_node_free(node); }
};

}  // namespace

GuideWords GuideWords::parse(const std::string& text, const std::string& file,
                             const std::string& locale, locales::Problems& problems) {
  GuideWords words;
  words.file_ = file;
  if (text.rfind(kSourceComment, 0) == 0) {
    const std::size_t begin = std::string_view(kSourceComment).size();
    words.source_ = text.substr(begin, text.find(' ', begin) - begin);
  }
  if (!locales::has_balanced_bidi(text))
    problems.push_back({file, 0, "bidi marks are not balanced"});
  const std::unique_ptr<cmark_node, DocumentDeleter> document(
      cmark_parse_document(text.data(), text.size(), CMARK_OPT_DEFAULT));
  Section* section = nullptr;
  const auto message = [&](const std::string& paragraph, int line,
                           std::set<std::string>& placeholders) {
    std::string error;
    auto parsed = locales::Message::parse(paragraph, locale, &error);
    if (parsed == nullptr) {
      problems.push_back({file, line, error});
      return parsed;
    }
    for (const std::string& name : parsed->placeholders()) {
      placeholders.insert(name);
      if (known_arguments().count(name) == 0)
        problems.push_back({file, line, "unknown fact {" + name + "}"});
    }
    for (const std::string& category : parsed->missing_plurals()) {
      problems.push_back({file, line, "the plural form \"" + category + "\" is missing"});
    }
    return parsed;
  };
  const auto add_paragraph = [&](cmark_node* node, const std::string& prefix) {
    const int line = cmark_node_get_start_line(node);
    std::string paragraph = prefix;
    inline_text(node, paragraph);
    if (section == nullptr) {
      problems.push_back({file, line, "text before the first level-2 heading"});
      return;
    }
    if (auto parsed = message(paragraph, line, section->placeholders))
      section->paragraphs.push_back(std::move(parsed));
  };
  for (cmark_node* node = cmark_node_first_child(document.get()); node != nullptr;
       node = cmark_node_next(node)) {
    const int line = cmark_node_get_start_line(node);
    switch (cmark_node_get_type(node)) {
      case CMARK_NODE_HEADING: {
        std::string heading;
        inline_text(node, heading);
        if (cmark_node_get_heading_level(node) == 1) {
          words.title_ = message(heading, line, words.title_placeholders_);
        } else {
          if (words.sections_.count(heading) != 0)
            problems.push_back({file, line, "the heading " + heading + " stands twice"});
          section = &words.sections_[heading];
          section->line = line;
        }
        break;
      }
      case CMARK_NODE_PARAGRAPH:
        add_paragraph(node, "");
        break;
      case CMARK_NODE_LIST: {
        for (cmark_node* item = cmark_node_first_child(node); item != nullptr;
             item = cmark_node_next(item)) {
          for (cmark_node* part = cmark_node_first_child(item); part != nullptr;
               part = cmark_node_next(part)) {
            add_paragraph(part, "\u2022 ");
          }
        }
        break;
      }
      case CMARK_NODE_HTML_BLOCK:
        break;  // comments
      default:
        problems.push_back(
            {file, line, "only headings, paragraphs and lists are shown; put this in words"});
    }
  }
  if (words.title_ == nullptr) problems.push_back({file, 1, "needs a level-1 heading: the title"});
  return words;
}

std::string GuideWords::title(const Facts& facts, const std::string& zone) const {
  return title_ == nullptr ? "" : title_->format(to_arguments(facts), zone);
}

std::vector<std::string> GuideWords::paragraphs(const std::string& id, const Facts& facts,
                                                const std::string& zone) const {
  std::vector<std::string> result;
  const auto section = sections_.find(id);
  if (section == sections_.end()) return result;
  const locales::Arguments arguments = to_arguments(facts);
  for (const auto& paragraph : section->second.paragraphs) {
    bool all_known = true;
    for (const std::string& name : paragraph->placeholders())
      all_known = all_known && arguments.count(name) != 0;
    if (all_known) result.push_back(paragraph->format(arguments, zone));
  }
  return result;
}

std::string source_hash(std::string_view english) {
  if (english.rfind("<!--", 0) == 0)
    english.remove_prefix(std::min(english.find('\n'), english.size()));
  std::uint64_t hash = 1469598103934665603ULL;
  for (const char c : english) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  std::array<char, 20> text{};
  std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(hash));
  return text.data();
}

}  // namespace handrail::knowledge
