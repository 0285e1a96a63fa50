// A folder of the object store and the catalog's rows about it, walked side by side: both come in the order of their
// keys, byte by byte, and only a page of rows is in memory.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "storage/objects/object_store.hpp"

namespace storage {

// Rows that are walked along with others are read so many at a time.
constexpr std::uint32_t page_rows = 500;

// An error of any of these ends the walk.
template <class Row>
struct SideBySide {
  std::string_view prefix;  // of the folder
  std::function<base::Result<std::vector<Row>>(std::string_view behind)> page;
  std::function<base::Result<>()> next_object;  // before anything else is done about each object
  std::function<base::Result<>(const ObjectInfo&)> object_alone;
  std::function<base::Result<>(const Row&)> row_alone;
  std::function<base::Result<>(const Row&, const ObjectInfo&)> both;
  std::function<bool()> stopped;
};

// Several rows may have one key.
template <class Row>
class SideBySideWalk {
 public:
  SideBySideWalk(ObjectStore& objects, const SideBySide<Row>& work) : objects_(objects), work_(work) {}

  base::Result<> run() {
    base::Result<> trouble;
    const auto listed = objects_.list(work_.prefix, [&](const ObjectInfo& object) {
      trouble = take(object);
      return trouble && !work_.stopped();
    });
    if (!trouble) return trouble;
    if (!listed || work_.stopped()) return listed;
    return pass_rows_before(nullptr);
  }

 private:
  base::Result<> take(const ObjectInfo& object) {
    if (auto begun = work_.next_object(); !begun) return begun;
    if (auto passed = pass_rows_before(&object.key); !passed || work_.stopped()) return passed;
    bool alone = true;
    for (;; alone = false) {
      const auto row = current();
      if (!row) return std::unexpected(row.error());
      if (*row == nullptr || (*row)->object_key != object.key) break;
      if (auto done = work_.both(**row, object); !done) return done;
      ++at_;
    }
    return alone ? work_.object_alone(object) : base::Result<>();
  }

  // All that are left without a key.
  base::Result<> pass_rows_before(const std::string* key) {
    for (;;) {
      const auto row = current();
      if (!row) return std::unexpected(row.error());
      if (*row == nullptr || (key != nullptr && (*row)->object_key >= *key) || work_.stopped()) return {};
      if (auto done = work_.row_alone(**row); !done) return done;
      ++at_;
    }
  }

  // Null behind the last one.
  base::Result<const Row*> current() {
    if (at_ == page_.size() && !ended_) {
      auto page = work_.page(page_.empty() ? std::string() : page_.back().object_key);
      if (!page) return std::unexpected(page.error());
      page_ = std::move(*page);
      at_ = 0;
      ended_ = page_.empty();
    }
    return ended_ ? nullptr : &page_[at_];
  }

  ObjectStore& objects_;
  const SideBySide<Row>& work_;
  std::vector<Row> page_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace storage
