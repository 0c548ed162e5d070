// Plays every file of tests/conversations through the real engine and compares all that is said.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/conversation/stage.h"
#include "tests/conversation/transcript.h"

namespace handrail::conversation::transcripts {
namespace {

namespace fs = std::filesystem;
const fs::path kRoot = HANDRAIL_SOURCE_DIR;
const fs::path kFolder = kRoot / "tests" / "conversations";

ContentHolder& content() {
  static ContentHolder holder = [] {
    locales::Problems problems;
    return ContentHolder(load_content(HANDRAIL_SOURCE_DIR, "UTC", "", problems));
  }();
  return holder;
}

std::string read_file(const fs::path& path) {
  std::ifstream stream(path);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<std::string> files() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".txt") names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

// "cancel_subscription.fa-Latn.txt" as a name that GoogleTest takes.
std::string test_name(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(0, info.param.rfind('.'));
  std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

std::string words_of(Outcome outcome) {
  return outcome == Outcome::refused ? "refused" : outcome == Outcome::silent ? "silent" : "answered";
}

class Transcripts : public testing::TestWithParam<std::string> {
 protected:
  static std::string at(const Transcript& transcript, int line) {
    return transcript.file + ":" + std::to_string(line) + ": ";
  }

  void play(const Transcript& transcript, const Scene& scene, bool update) {
    Stage::Errors errors;
    Stage stage(scene.settings, HANDRAIL_SOURCE_DIR, content(), errors);
    if (errors.empty()) {
      for (const Move& move : scene.moves) {
        const Played played = stage.play(move, errors);
        if (move.is_answered()) played_[move.last_line] = played;
        if (!update) compare(transcript, move, played);
        for (const Check& check : move.checks) {
          const std::string wrong = stage.check(check);
          if (!wrong.empty()) errors.emplace_back(check.line, wrong);
        }
      }
    }
    for (const auto& [line, what] : errors) ADD_FAILURE() << at(transcript, line) << what;
  }

  static void compare(const Transcript& transcript, const Move& move, const Played& played) {
    EXPECT_EQ(words_of(move.outcome), words_of(played.outcome)) << at(transcript, move.last_line);
    if (move.answers == played.answers) return;
    ADD_FAILURE() << at(transcript, move.last_line) << "the answer differs (- expected, + said):\n"
                  << difference(move.answers, played.answers);
  }

  std::map<int, Played> played_;
};

TEST_P(Transcripts, SayWhatTheySaid) {
  const fs::path path = kFolder / GetParam();
  const Transcript transcript = parse_transcript("tests/conversations/" + GetParam(), read_file(path));
  for (const std::string& error : transcript.errors) ADD_FAILURE() << error;
  if (!transcript.errors.empty()) return;
  const bool update = std::getenv("HANDRAIL_UPDATE_TRANSCRIPTS") != nullptr;
  for (const Scene& scene : transcript.scenes) {
    SCOPED_TRACE(scene.title);
    play(transcript, scene, update);
  }
  if (update) std::ofstream(path) << rewrite(transcript, played_);
}

INSTANTIATE_TEST_SUITE_P(, Transcripts, testing::ValuesIn(files()), test_name);

TEST(TranscriptFiles, EveryTopicHasOneInEnglishAndPersian) {
  const std::vector<std::string> known = files();
  for (const auto& entry : fs::directory_iterator(kRoot / "knowledge")) {
    if (!fs::exists(entry.path() / "guide.json")) continue;
    for (const char* locale : {"en", "fa"}) {
      const std::string name = entry.path().filename().string() + "." + locale + ".txt";
      EXPECT_NE(std::find(known.begin(), known.end(), name), known.end()) << "tests/conversations/" << name << " is missing";
    }
  }
}

struct Malformed {
  const char* content;
  const char* error;
};

TEST(TranscriptFiles, MistakesAreNamedWithTheirLine) {
  const Malformed cases[] = {
      {"# nobody speaks\n", "f.txt:1: nothing is said here: a conversation needs a line that begins with >"},
      {"> hi\n## empty\nnow: x\n", "f.txt:2: nothing is said here: a conversation needs a line that begins with >"},
      {"hello\n> hi\n", "f.txt:1: begin a line with # ## > < [ ( ~ @ * = or name: value"},
      {"acount: ana\n> hi\n", "f.txt:1: unknown setting acount: account, channel, place, locale, now or link_page"},
      {"> hi\naccount: ana\n", "f.txt:2: settings stand above what is said"},
      {"place: direct\nplace: channel\n> hi\n", "f.txt:2: place is set twice"},
      {"> hi\n>\n", "f.txt:2: > needs the words that the person writes"},
      {"< hi\n> hi\n", "f.txt:1: an answer must follow what the person says, a button or an agent"},
      {"> hi\n~ 2m\n< hi\n", "f.txt:3: an answer must follow what the person says, a button or an agent"},
      {"> hi\n= silent\n< hi\n", "f.txt:3: an answer stands right below what it answers, above every = line"},
      {"> hi\n< hi\n= silent\n", "f.txt:3: this was answered above, so it is not silent"},
      {"> hi\n[Next step\n", "f.txt:2: a button is pressed as [its label]"},
      {"> hi\n~ soon\n", "f.txt:2: time passes as ~ 30s, ~ 2m, ~ 3h or ~ 1d"},
      {"> hi\n@ Sara\n",
       "f.txt:2: an agent acts as @ Sara: words, @ Sara claims, @ Sara resolves approved or @ Sara reopens"},
      {"> hi\n* it rains\n",
       "f.txt:2: the world changes as * account {...}, * account service down or * linked to ana"},
      {"= ticket refund open\n> hi\n", "f.txt:1: = looks at what has happened, and nothing has"},
      {"> hi\n= ticket refund\n",
       "f.txt:2: a check is = silent, = refused, = ticket KIND STATE [name=value...], = tickets N, = owner WHO or "
       "= locale TAG"},
      {"(2 times more)\n> hi\n", "f.txt:1: nothing has been said that could be repeated"},
      {"> hi\n(many times)\n", "f.txt:2: the last message is repeated as (29 times more)"},
      {"> hi\n \n", "f.txt:2: a line of blanks: leave it empty"}};
  for (const Malformed& one : cases) {
    const Transcript transcript = parse_transcript("f.txt", one.content);
    EXPECT_EQ(transcript.errors, std::vector<std::string>{one.error}) << one.content;
  }
}

TEST(TranscriptFiles, SettingsThatMeanNothingAreNamedWithTheirLine) {
  for (const char* content_of : {"channel: fax\n> hi\n", "place: moon\n> hi\n", "now: noon\n> hi\n", "account: nobody\n> hi\n",
                                 "place: channel\n> hi\n"}) {
    const Transcript transcript = parse_transcript("f.txt", content_of);
    ASSERT_TRUE(transcript.errors.empty()) << content_of;
    Stage::Errors errors;
    const Stage stage(transcript.scenes.front().settings, HANDRAIL_SOURCE_DIR, content(), errors);
    ASSERT_EQ(errors.size(), 1U) << content_of;
    EXPECT_EQ(errors.front().first, 1) << content_of;
  }
}

TEST(TranscriptFiles, RewritingChangesOnlyWhatIsAnswered) {
  const std::string before =
      "# why\naccount: ana\n> a\n< old\n< lines\n\n< and more\n= owner bot\n\n# b\n> b\n= silent\n\n~ 2m\n> c\n";
  const std::string after =
      "# why\naccount: ana\n> a\n= silent\n= owner bot\n\n# b\n> b\n< new\n<\n< text\n\n<< and a DM\n\n~ 2m\n> c\n= refused\n";
  const Transcript transcript = parse_transcript("f.txt", before);
  ASSERT_TRUE(transcript.errors.empty());
  const std::map<int, Played> played = {{3, {Outcome::silent, {}}},
                                        {11, {Outcome::answered, {{false, "new\n\ntext"}, {true, "and a DM"}}}},
                                        {15, {Outcome::refused, {}}}};
  EXPECT_EQ(rewrite(transcript, played), after);
  // What was written back reads as what was played.
  const Transcript again = parse_transcript("f.txt", after);
  ASSERT_TRUE(again.errors.empty());
  EXPECT_EQ(again.scenes.front().moves[1].answers, played.at(11).answers);
  EXPECT_EQ(rewrite(again, {{3, {Outcome::silent, {}}}, {8, played.at(11)}, {16, {Outcome::refused, {}}}}), after);
}

TEST(TranscriptFiles, ADifferenceShowsBothSides) {
  EXPECT_EQ(difference({{false, "one\ntwo\nthree"}}, {{false, "one\n2\nthree"}, {true, "four"}}),
            "    < one\n  - < two\n  + < 2\n    < three\n  + \n  + << four\n");
}

}  // namespace
}  // namespace handrail::conversation::transcripts
