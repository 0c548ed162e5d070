#include "knowledge/search_index.h"

#include <sqlite3.h>

#include <algorithm>
#include <map>

#include "locales/text.h"

namespace handrail::knowledge {
namespace {

constexpr std::size_t kShortestWord = 3;
constexpr std::size_t kQueryWords = 24;
// At least this many of the query's words must be found, so that one common word does not suggest a
// guide.
constexpr std::size_t kWordsInCommon = 2;

std::vector<std::string> words_of(const std::string& text) {
  const locales::FoldedText folded = locales::fold(text);
  std::vector<std::string> words;
  for (const locales::Word& word : locales::split_words(folded)) {
    if (word.end - word.begin < kShortestWord) continue;
    words.push_back(locales::to_utf8(folded.text.substr(word.begin, word.end - word.begin)));
  }
  return words;
}

class Query {
 public:
  Query(sqlite3* database, const char* text) {
    sqlite3_prepare_v2(database, text, -1, &statement_, nullptr);
  }
  ~Query() { sqlite3_finalize(statement_); }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  void bind(int at, const std::string& value) {
    sqlite3_bind_text(statement_, at, value.data(), static_cast<int>(value.size()),
                      SQLITE_TRANSIENT);
  }
  bool step() { return sqlite3_step(statement_) == SQLITE_ROW; }
  std::string text(int column) const {
    const auto* value = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return value == nullptr ? "" : value;
  }
  double number(int column) const { return sqlite3_column_double(statement_, column); }

 private:
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace

SearchIndex::SearchIndex() {
  sqlite3_open(":memory:", &database_);
  sqlite3_exec(database_,
               "CREATE VIRTUAL TABLE words USING fts5(topic UNINDEXED, body, tokenize='unicode61')",
               nullptr, nullptr, nullptr);
}

SearchIndex::~SearchIndex() { sqlite3_close(database_); }

void SearchIndex::add(const std::string& topic, const std::string& text) {
  std::string body;
  for (const std::string& word : words_of(text)) body += word + " ";
  const std::lock_guard lock(mutex_);
  Query insert(database_, "INSERT INTO words (topic, body) VALUES (?, ?)");
  insert.bind(1, topic);
  insert.bind(2, body);
  insert.step();
}

std::vector<std::pair<std::string, double>> SearchIndex::find(const std::string& text,
                                                              std::size_t limit) const {
  const std::vector<std::string> words = words_of(text);
  std::map<std::string, std::pair<std::size_t, double>> topics;  // words found, score
  const std::lock_guard lock(mutex_);
  Query count(database_, "SELECT COUNT(DISTINCT topic) FROM words");
  const double all_topics = count.step() ? count.number(0) : 0;
  for (std::size_t i = 0; i < std::min(words.size(), kQueryWords); ++i) {
    Query query(database_, "SELECT topic, -bm25(words) FROM words WHERE words MATCH ?");
    query.bind(1, "body : \"" + words[i] + "\"");
    std::map<std::string, double> best;
    while (query.step()) best[query.text(0)] = std::max(best[query.text(0)], query.number(1));
    // What most guides say ("the", "your") points to none of them.
    const auto found_in = static_cast<double>(best.size());
    if (found_in > 1 && found_in > all_topics / 2) continue;
    for (const auto& [topic, score] : best) {
      topics[topic].first += 1;
      topics[topic].second += score;
    }
  }
  std::vector<std::pair<std::string, double>> hits;
  for (const auto& [topic, found] : topics) {
    if (found.first >= kWordsInCommon && found.second > 0) hits.emplace_back(topic, found.second);
  }
  std::sort(hits.begin(), hits.end(),
            [](const auto& a, const auto& b) { return a.second > b.second; });
  if (hits.size() > limit) hits.resize(limit);
  return hits;
}

}  // namespace handrail::knowledge
