// Full-text search over the guides: SQLite FTS5 in memory, ranked by BM25, over folded words. Built
// once, then only read; queries take a lock (one connection), which is fine for the rare message
// that no intent matched.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

struct sqlite3;

namespace handrail::knowledge {

class SearchIndex {
 public:
  SearchIndex();
  ~SearchIndex();
  SearchIndex(const SearchIndex&) = delete;
  SearchIndex& operator=(const SearchIndex&) = delete;

  void add(const std::string& topic, const std::string& words);
  // Topics with their best score, best first. Words that hardly say anything (shorter than three
  // letters, or in most topics) do not count.
  std::vector<std::pair<std::string, double>> find(const std::string& text,
                                                   std::size_t limit) const;

 private:
  sqlite3* database_ = nullptr;
  mutable std::mutex mutex_;
};

}  // namespace handrail::knowledge
