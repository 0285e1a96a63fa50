#include "storage/keeping/derived_scrub.hpp"

#include <algorithm>

#include "server/base/log.hpp"
#include "storage/keeping/side_by_side.hpp"

namespace storage {

namespace {
// derived/<imei>/<media id>/<name>
std::optional<base::Uuid> file_of(std::string_view key) {
  key.remove_prefix(derived_prefix.size());
  const auto imei_end = key.find('/');
  if (imei_end == std::string_view::npos) return std::nullopt;
  key.remove_prefix(imei_end + 1);
  const auto id_end = key.find('/');
  return id_end == std::string_view::npos ? std::nullopt : base::Uuid::parse(key.substr(0, id_end));
}
}  // namespace

base::Result<> DerivedScrub::compare(const std::function<base::Result<>()>& next_object,
                                     const std::function<bool()>& stopped) {
  const SideBySide<DerivedObject> work{
      .prefix = derived_prefix,
      .page = [&](std::string_view behind) { return catalog_.jobs().derived_behind(behind, page_rows); },
      .next_object = next_object,
      .object_alone = [&](const ObjectInfo& object) { return look_at_unnamed(object); },
      .row_alone = [&](const DerivedObject& row) { return look_at_row(row); },
      .both = [&](const DerivedObject& row,
                  const ObjectInfo& object) { return row.size == object.size ? base::Result<>() : look_at_row(row); },
      .stopped = stopped};
  return SideBySideWalk<DerivedObject>(objects_, work).run();
}

// What a worker leaves that dies before its job is finished, and what a later attempt has replaced. An object of a file
// that the catalog has never heard of is not ours: the catalog may have been given another one's bucket.
base::Result<> DerivedScrub::look_at_unnamed(const ObjectInfo& object) {
  if (object.modified > base::utc_now() - grace_) return {};  // its row may be on its way
  const auto media_id = file_of(object.key);
  if (!media_id) return {};
  const auto known = is_known(*media_id);
  if (!known) return std::unexpected(known.error());
  if (!*known) return {};
  const auto named = is_named(*media_id, object.key);
  if (!named) return std::unexpected(named.error());
  if (*named) return {};
  ++run_.removed_derived;
  return objects_.remove(object.key);
}

// The object is asked for first: a deletion takes it before the row. Without its file nothing can be made again, and
// then that is what is wrong.
base::Result<> DerivedScrub::look_at_row(const DerivedObject& row) {
  if (row.made_at > base::utc_now() - grace_) return {};  // listed before it came
  const auto object = objects_.stat(row.object_key);
  if (object && object->size == row.size) return {};
  if (!object && object.error().code != base::Errc::not_found) return std::unexpected(object.error());
  const auto media = catalog_.find_media(row.media_id);
  if (!media) return std::unexpected(media.error());
  if (!*media) return {};
  const auto file = objects_.stat((*media)->object_key);
  if (!file && file.error().code == base::Errc::not_found) return {};
  if (!file) return std::unexpected(file.error());
  const auto named = is_named(row.media_id, row.object_key);
  if (!named) return std::unexpected(named.error());
  if (!*named) return {};
  ++run_.remade_derived;
  base::log::warning("what was made of a file is lost, and is made again",
                     {{"media", row.media_id.str()},
                      {"kind", base::to_string(row.derived)},
                      {"object", row.object_key},
                      {"finding", object ? "it has another size" : "there is no such object"}});
  return catalog_.jobs().make_again(row);
}

base::Result<bool> DerivedScrub::is_named(const base::Uuid& media_id, std::string_view object_key) {
  const auto rows = catalog_.jobs().derived_of(media_id);
  if (!rows) return std::unexpected(rows.error());
  return std::ranges::find(*rows, object_key, &DerivedObject::object_key) != rows->end();
}

base::Result<bool> DerivedScrub::is_known(const base::Uuid& media_id) {
  const auto media = catalog_.find_media(media_id);
  if (!media) return std::unexpected(media.error());
  if (*media) return true;
  const auto tombstone = catalog_.keeping().find_tombstone(media_id);
  if (!tombstone) return std::unexpected(tombstone.error());
  return tombstone->has_value();
}

}  // namespace storage
