// "Answer in German", «فارسی بنویس»: which language does the text name? ICU knows the names of languages in every
// language, so adding a locale needs no word list here.
#include <unicode/locid.h>
#include <unicode/unistr.h>

#include <string>

#include "bot/conversation/parts.h"
#include "locales/tag.h"
#include "locales/text.h"

namespace handrail::conversation {
namespace {

// The folded name of language `tag` as speakers of `in` write it.
std::string folded_name(const std::string& tag, const std::string& in) {
  icu::UnicodeString name;
  icu::Locale(tag.c_str()).getDisplayLanguage(icu::Locale(in.c_str()), name);
  std::string utf8;
  name.toUTF8String(utf8);
  return locales::fold_to_utf8(utf8);
}

// Names that people use and ICU does not: folded, each with its language.
struct OtherName {
  const char* name;
  const char* tag;
};
constexpr OtherName kOtherNames[] = {{"farsi", "fa"}, {"parsi", "fa"}, {"engilisi", "en"}, {"ingilisi", "en"},
                                     {"انگلیش", "en"}, {"پارسی", "fa"}};

}  // namespace

std::string language_named_in(std::string_view text, const locales::Catalogs& catalogs) {
  const std::string folded = locales::fold_to_utf8(text);
  const std::vector<std::string> spoken = catalogs.locales();
  // The last language named wins: "not English, Persian please".
  std::string best;
  std::size_t best_at = 0;
  const auto consider = [&](const std::string& name, const std::string& tag) {
    if (name.size() < 3) return;
    const std::size_t at = folded.rfind(name);
    if (at != std::string::npos && (best.empty() || at >= best_at)) {
      best = tag;
      best_at = at;
    }
  };
  for (const std::string& tag : spoken) {
    for (const std::string& in : spoken) consider(folded_name(tag, in), tag);
  }
  for (const OtherName& other : kOtherNames) {
    for (const std::string& tag : spoken) {
      if (tag == other.tag) consider(locales::fold_to_utf8(other.name), tag);
    }
  }
  return best;
}

void switch_language(Turn& turn, const std::string& locale) {
  turn.state().chosen_locale = locale;
  turn.state().locale = locale;
  turn.state().pending = Pending::none;
  turn.state().failures = 0;
  turn.speech = Speech(turn.content, turn.around, locale);
  ReplyBuilder builder(turn.speech);
  builder.say("reply.language_switched");
  offer_topics(turn, builder);
  turn.answer(builder.finish());
}

void ask_language(Turn& turn) {
  const std::string named = language_named_in(turn.said.text, *turn.content.catalogs);
  if (!named.empty()) {
    switch_language(turn, named);
    return;
  }
  ReplyBuilder builder(turn.speech);
  builder.say("reply.which_language");
  for (const std::string& tag : turn.content.catalogs->locales()) {
    builder.labelled_action("locale:" + tag, locales::display_name(tag, tag));
  }
  turn.state().pending = Pending::choose_language;
  turn.answer(builder.finish());
}

}  // namespace handrail::conversation
