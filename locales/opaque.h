// Parts of a text whose letters say nothing about its meaning: links, mentions, e-mail addresses
// and emoji, in the forms that people type and that Slack, Discord and browsers send. Inside this
// room only; `fold` puts a mark for each.
//
// Works on folded letters (lower case, ASCII digits), so that it finds "ＨＴＴＰ://" too and
// folding twice changes nothing. Linear in the length of the text. One finder per text, asked at
// rising positions; not thread safe.
#pragma once

#include <cstddef>
#include <string_view>

namespace handrail::locales {

struct Opaque {
  std::size_t end = 0;  // [begin, end) in `text`; end == begin: nothing begins there
  char32_t mark = 0;    // kUrlMark, kMentionMark, kEmailMark or kEmojiMark
};

class OpaqueFinder {
 public:
  explicit OpaqueFinder(std::u32string_view text) : text_(text) {}
  Opaque at(std::size_t begin);

 private:
  bool starts_word(std::size_t begin) const;
  std::size_t end_of_link(std::size_t begin) const;
  std::size_t end_of_platform_token(std::size_t begin, char32_t* mark) const;
  std::size_t end_of_mention(std::size_t begin) const;
  std::size_t end_of_shortcode(std::size_t begin) const;
  std::size_t end_of_email(std::size_t begin);

  std::u32string_view text_;
  std::size_t last_end_ = 0;
  std::size_t no_email_before_ =
      0;  // a run of local-part characters is read once, however many words it has
};

}  // namespace handrail::locales
