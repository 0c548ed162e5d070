// One connection inside one transaction: the only way to SQL. Statements are prepared once per
// connection and reused; values are bound by position, never pasted into the text. Null never
// appears: columns are NOT NULL with '' or 0 for "none". Text is UTF-8; a NUL, which PostgreSQL
// cannot hold, is stored as U+FFFD on both engines.
//
// A partial index ("WHERE post_key <> ''") serves only queries that repeat its condition; a test
// looks at every plan.
//
// A Session belongs to the thread that got it from Store and must not outlive the call. SQL errors
// throw StorageError, which Store turns into a Status; code above storage never sees an exception.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>
#include <vector>

#include <soci.h>

namespace handrail::storage {

enum class Engine { sqlite, postgresql };

// How many rows one call of a prune_... verb forgets: so long is the writer busy. The caller
// repeats while it gets as many.
inline constexpr std::int64_t kPrunedAtOnce = 2000;

class StorageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Session {
 public:
  Session(soci::session& sql, Engine engine) : sql_(sql), engine_(engine) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Engine engine() const { return engine_; }

  // Runs `query` for each row of its answer into a tuple of Columns (std::string or std::int64_t).
  template <typename... Columns, typename... Values>
  std::vector<std::tuple<Columns...>> select(const char* query, const Values&... values) {
    using Prepared = Statement<std::tuple<Stored<Columns>...>, std::tuple<Stored<Values>...>>;
    Prepared& prepared = statement<Prepared>(query);
    std::vector<std::tuple<Columns...>> rows;
    run(query, [&] {
      prepared.set(values...);
      bool more = prepared.handle->execute(true);
      while (more) {
        rows.push_back(
            std::apply([](const auto&... held) { return std::tuple<Columns...>{Columns(held)...}; },
                       prepared.out));
        more = prepared.handle->fetch();
      }
    });
    return rows;
  }

  // Runs a statement without an answer; the number of rows it changed.
  template <typename... Values>
  std::int64_t execute(const char* query, const Values&... values) {
    using Prepared = Statement<std::tuple<>, std::tuple<Stored<Values>...>>;
    Prepared& prepared = statement<Prepared>(query);
    std::int64_t changed = 0;
    run(query, [&] {
      prepared.set(values...);
      prepared.handle->execute(true);
      changed = prepared.handle->get_affected_rows();
    });
    return changed;
  }

  // Text that cannot be prepared (schema, settings); trusted callers only.
  void script(const std::string& text);

  // The texts prepared so far, for the test of query plans.
  std::vector<std::string> prepared() const;
  // Before the connection is opened anew: its statements died with it.
  void forget_prepared() { statements_.clear(); }

 private:
  template <typename T>
  using Stored = std::conditional_t<std::is_integral_v<std::decay_t<T>>, long long, std::string>;

  struct AnyStatement {
    virtual ~AnyStatement() = default;
  };
  template <typename Out, typename In>
  struct Statement final : AnyStatement {
    std::unique_ptr<soci::statement> handle;
    Out out{};
    In in{};
    template <typename... Values>
    void set(const Values&... values) {
      set_all(std::index_sequence_for<Values...>{}, values...);
    }
    template <std::size_t... I, typename... Values>
    void set_all(std::index_sequence<I...>, const Values&... values) {
      (assign(std::get<I>(in), values), ...);
    }
    static void assign(long long& held, std::int64_t value) { held = value; }
    static void assign(std::string& held, std::string_view value) {
      held = value;
      for (std::size_t at = held.find('\0'); at != std::string::npos; at = held.find('\0', at)) {
        held.replace(at, 1, "\xEF\xBF\xBD");
      }
    }
  };

  template <typename Prepared>
  Prepared& statement(const char* query) {
    std::unique_ptr<AnyStatement>& slot = statements_[query];
    // The same text with other types would be another statement; the rooms do not do that, so it is
    // an error of ours.
    if (slot != nullptr) {
      auto* known = dynamic_cast<Prepared*>(slot.get());
      if (known == nullptr)
        throw StorageError(std::string("one query used with two sets of types: ") + query);
      return *known;
    }
    auto made = std::make_unique<Prepared>();
    run(query, [&] {
      made->handle = std::make_unique<soci::statement>(sql_);
      std::apply([&](auto&... held) { (made->handle->exchange(soci::into(held)), ...); },
                 made->out);
      std::apply([&](auto&... held) { (made->handle->exchange(soci::use(held)), ...); }, made->in);
      made->handle->alloc();
      made->handle->prepare(query);
      made->handle->define_and_bind();
    });
    Prepared& prepared = *made;
    slot = std::move(made);
    return prepared;
  }

  template <typename Action>
  void run(const char* query, Action action) {
    try {
      action();
    } catch (const soci::soci_error& error) {
      statements_.erase(query);
      throw StorageError(std::string(error.what()));
    }
  }

  soci::session& sql_;
  Engine engine_;
  std::map<std::string_view, std::unique_ptr<AnyStatement>> statements_;
};

}  // namespace handrail::storage
