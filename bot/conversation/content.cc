#include "bot/conversation/content.h"

namespace handrail::conversation {

std::shared_ptr<const Loaded> load_content(const std::string& data_root, const std::string& time_zone,
                                           locales::Problems& problems) {
  auto loaded = std::make_shared<Loaded>();
  loaded->catalogs = locales::Catalogs::load(data_root + "/locales", problems);
  loaded->shelf = knowledge::Shelf::load(data_root + "/knowledge", loaded->catalogs->locales(), time_zone, problems);
  const intents::Dataset data = intents::load_dataset(data_root + "/intents", problems);
  if (!data.examples.empty()) loaded->detector = intents::Detector::train(data);
  return loaded;
}

}  // namespace handrail::conversation
