// One suite for every catalog. Each program that runs it names its implementations in catalog_implementations().
#pragma once

#include <gmock/gmock.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "storage/catalog/catalog.hpp"
#include "tests/support/samples.hpp"
#include "tests/support/temp_folder.hpp"

namespace tests {

struct CatalogImplementation {
  std::string name;
  std::function<std::string(const TempFolder&)> url;  // the same for the same folder, and then of the same content
  // What the catalog calls itself: the URL without what is secret.
  std::function<std::string(const TempFolder&)> description;
};

std::vector<CatalogImplementation> catalog_implementations();

class CatalogTest : public testing::TestWithParam<CatalogImplementation> {
 protected:
  void SetUp() override {
    auto opened = storage::open_catalog(GetParam().url(folder_));
    ASSERT_TRUE(opened) << opened.error().message;
    catalog_ = std::move(*opened);
    const auto migrated = catalog_->migrate();
    ASSERT_TRUE(migrated) << migrated.error().message;
  }

  storage::CommittedMedia commit(const storage::Media& media) {
    auto committed = catalog_->commit_media(media);
    EXPECT_TRUE(committed) << committed.error().message;
    return committed.value_or(storage::CommittedMedia{});
  }

  std::vector<base::Uuid> ids(const storage::MediaQuery& query) {
    const auto page = catalog_->list_media(query);
    EXPECT_TRUE(page) << page.error().message;
    std::vector<base::Uuid> found;
    if (page)
      for (const auto& media : page->items) found.push_back(media.id);
    return found;
  }

  TempFolder folder_;
  std::unique_ptr<storage::Catalog> catalog_;
};

}  // namespace tests
