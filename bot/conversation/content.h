// What the bot says and understands, loaded from the shipped folders: catalogs, guides and the detector. Reloaded as a whole:
// checked first, swapped whole, refused whole with every error.
//
// `get` is safe from any thread and returns a snapshot that stays valid while it is held.
#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "intents/detector.h"
#include "knowledge/shelf.h"
#include "locales/catalog.h"

namespace handrail::conversation {

struct Loaded {
  std::shared_ptr<const locales::Catalogs> catalogs;
  std::shared_ptr<const knowledge::Shelf> shelf;
  std::shared_ptr<const intents::Detector> detector;
};

// `data_root` holds locales/, intents/ and knowledge/. Everything that is wrong is added to `problems`. What is learned is kept
// in `cache_folder` for the next start (detector_cache.h); empty: nowhere.
std::shared_ptr<const Loaded> load_content(const std::string& data_root, const std::string& time_zone,
                                           const std::string& cache_folder, locales::Problems& problems);

class ContentHolder {
 public:
  explicit ContentHolder(std::shared_ptr<const Loaded> loaded) : loaded_(std::move(loaded)) {}
  std::shared_ptr<const Loaded> get() const {
    const std::lock_guard lock(mutex_);
    return loaded_;
  }
  void swap(std::shared_ptr<const Loaded> loaded) {
    const std::lock_guard lock(mutex_);
    loaded_ = std::move(loaded);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Loaded> loaded_;
};

}  // namespace handrail::conversation
