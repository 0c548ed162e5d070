#include "bot/conversation/content.h"

#include "bot/conversation/detector_cache.h"

namespace handrail::conversation {

std::shared_ptr<const Loaded> load_content(const std::string& data_root, const std::string& time_zone,
                                           const std::string& cache_folder, locales::Problems& problems) {
  auto loaded = std::make_shared<Loaded>();
  loaded->catalogs = locales::Catalogs::load(data_root + "/locales", problems);
  loaded->shelf = knowledge::Shelf::load(data_root + "/knowledge", loaded->catalogs->locales(), time_zone, problems);
  const intents::Dataset data = intents::load_dataset(data_root + "/intents", problems);
  if (!data.examples.empty()) loaded->detector = learn_or_recall(data, cache_folder);
  return loaded;
}

}  // namespace handrail::conversation
