// The words of a guide in one language: <locale>.md, CommonMark parsed by cmark. A level-1 heading
// is the title; a level-2 heading is a bare id of guide.json; under a step's id the first paragraph
// is the step's title, the rest its text. Each text is an ICU message whose values (account facts)
// can never become markup, because the Markdown is parsed first.
//
// Output is plain text with at most **bold** and `code`; a link reads "label (URL)". Immutable;
// thread safe.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "knowledge/facts.h"
#include "locales/catalog.h"
#include "locales/problem.h"

namespace handrail::knowledge {

class GuideWords {
 public:
  static GuideWords parse(const std::string& text, const std::string& file,
                          const std::string& locale, locales::Problems& problems);

  struct Section {
    int line = 0;
    std::vector<std::shared_ptr<const locales::Message>> paragraphs;
    std::set<std::string> placeholders;
  };
  const std::map<std::string, Section>& sections() const { return sections_; }
  bool has(const std::string& id) const { return sections_.count(id) != 0; }
  std::string title(const Facts& facts, const std::string& zone) const;
  const std::set<std::string>& title_placeholders() const { return title_placeholders_; }
  // The paragraphs of a section with the facts in place; a paragraph that needs an unknown fact is
  // left out.
  std::vector<std::string> paragraphs(const std::string& id, const Facts& facts,
                                      const std::string& zone) const;
  const std::string& file() const { return file_; }
  // The hash in the first line's "<!-- source: ... -->"; empty when there is none.
  const std::string& source() const { return source_; }

 private:
  std::string file_;
  std::string source_;
  std::shared_ptr<const locales::Message> title_;
  std::set<std::string> title_placeholders_;
  std::map<std::string, Section> sections_;
};

// The hash that a translation records of its English source: FNV-1a, 16 hex digits, over the text
// without its first comment.
std::string source_hash(std::string_view english);

}  // namespace handrail::knowledge
