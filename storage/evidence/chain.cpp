#include "storage/evidence/chain.hpp"

#include "server/base/bytes.hpp"
#include "server/base/json.hpp"
#include "storage/files/sha256.hpp"

namespace storage::evidence {

std::string record_of(const StoredFile& file) {
  base::JsonWriter json;
  json.begin_object();
  json.member("type", "stored");
  json.member("imei", file.imei.str());
  json.member("id", file.id.str());
  json.member("camera", base::to_string(file.camera));
  json.member("kind", base::to_string(file.kind));
  json.member("name", file.name);
  json.member("captured_at", file.captured_at);
  json.member("received_at", file.received_at);
  json.member("size", file.size);
  json.member("sha256", file.sha256);
  json.member("object", file.object_key);
  json.member("packets", file.packets);
  json.member("bad_crcs", file.bad_crcs);
  json.end_object();
  return std::move(json).take();
}

std::string record_of(const DeletedFile& file) {
  base::JsonWriter json;
  json.begin_object();
  json.member("type", "deleted");
  json.member("imei", file.imei.str());
  json.member("id", file.id.str());
  json.member("deleted_at", file.deleted_at);
  json.member("size", file.size);
  json.member("sha256", file.sha256);
  json.member("object", file.object_key);
  json.member("reason", file.reason);
  json.end_object();
  return std::move(json).take();
}

base::Result<std::string> hash_of(std::string_view previous, std::uint64_t number, std::string_view record) {
  Sha256 hash;
  hash.feed(base::as_bytes(previous));
  hash.feed(base::as_bytes("\n"));
  hash.feed(base::as_bytes(std::to_string(number)));
  hash.feed(base::as_bytes("\n"));
  hash.feed(base::as_bytes(record));
  return hash.hex();
}

}  // namespace storage::evidence
