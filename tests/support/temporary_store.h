// A SQLite database in a folder of its own, which goes with the object. For tests of rooms above storage, whose rules do not
// depend on the engine.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "bot/storage/store.h"

namespace handrail::storage {

class TemporaryStore {
 public:
  TemporaryStore() {
    std::string folder = (std::filesystem::temp_directory_path() / "handrail-test-XXXXXX").string();
    if (mkdtemp(folder.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    folder_ = folder;
    auto opened = Store::open({"sqlite://" + folder_ + "/t.db", 2});
    if (!opened) {
      ADD_FAILURE() << opened.error().message << " " << opened.error().detail;
      return;
    }
    store_ = std::move(*opened);
  }
  ~TemporaryStore() {
    store_.reset();
    std::filesystem::remove_all(folder_);
  }
  TemporaryStore(const TemporaryStore&) = delete;
  TemporaryStore& operator=(const TemporaryStore&) = delete;

  Store& operator*() { return *store_; }
  const std::string& folder() const { return folder_; }

  // Runs `work` in a write, which must succeed, and returns what it returns.
  template <typename Work>
  auto write(Work work) {
    decltype(work(std::declval<Session&>())) value{};
    const base::Status status = store_->write([&](Session& session) {
      value = work(session);
      return base::done();
    });
    EXPECT_TRUE(status.ok()) << (status ? "" : status.error().message + " " + status.error().detail);
    return value;
  }
  template <typename Work>
  auto read(Work work) {
    decltype(work(std::declval<Session&>())) value{};
    const base::Status status = store_->read([&](Session& session) {
      value = work(session);
      return base::done();
    });
    EXPECT_TRUE(status.ok()) << (status ? "" : status.error().message + " " + status.error().detail);
    return value;
  }

 private:
  std::string folder_;
  std::unique_ptr<Store> store_;
};

}  // namespace handrail::storage
