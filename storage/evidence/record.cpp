#include "storage/evidence/record.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

namespace storage::evidence {

namespace {
using nlohmann::json;

// Members of one object. The first that is missing or of another kind is remembered, and makes the whole invalid.
class Members {
 public:
  explicit Members(const json& object) : object_(object) {}

  std::string text(const char* name) {
    const json* value = find(name);
    if (value == nullptr || !value->is_string()) return wrong<std::string>(name, "a text");
    return value->get<std::string>();
  }
  std::uint64_t number(const char* name, std::uint64_t most = std::numeric_limits<std::int64_t>::max()) {
    const json* value = find(name);
    if (value == nullptr || !value->is_number_unsigned() || value->get<std::uint64_t>() > most)
      return wrong<std::uint64_t>(name, "a whole number in range");
    return value->get<std::uint64_t>();
  }
  std::uint32_t count(const char* name) {
    return static_cast<std::uint32_t>(number(name, std::numeric_limits<std::uint32_t>::max()));
  }
  // `parse` gives an optional: nothing for a text that is not one.
  template <class Parse>
  auto parsed(const char* name, Parse parse, std::string_view what) -> decltype(parse(std::string_view())) {
    auto value = parse(text(name));
    if (!value) fault(name, what);
    return value;
  }
  base::UtcTime time(const char* name) { return parsed(name, base::parse_iso8601, "a time").value_or(base::UtcTime{}); }
  std::optional<base::UtcTime> time_if_known(const char* name) {
    const json* value = find(name);
    if (value != nullptr && value->is_null()) return std::nullopt;
    return time(name);
  }
  std::string sha256(const char* name) {
    std::string value = text(name);
    if (!is_sha256(value)) fault(name, "a SHA-256");
    return value;
  }

  const std::string& fault() const noexcept { return fault_; }

 private:
  const json* find(const char* name) const {
    const auto at = object_.find(name);
    return at == object_.end() ? nullptr : &*at;
  }
  void fault(const char* name, std::string_view what) {
    if (fault_.empty()) fault_ = fmt::format("its \"{}\" is not {}", name, what);
  }
  template <class T>
  T wrong(const char* name, std::string_view what) {
    fault(name, what);
    return T{};
  }

  const json& object_;
  std::string fault_;
};

std::unexpected<base::Error> no_record(std::string_view why) {
  return base::fail(base::Errc::invalid, fmt::format("This is not a record: {}.", why));
}

std::string written(const Stored& file) {
  return record_of(StoredFile{.id = file.id,
                              .imei = file.imei,
                              .camera = file.camera,
                              .kind = file.kind,
                              .name = file.name,
                              .captured_at = file.captured_at,
                              .received_at = file.received_at,
                              .size = file.size,
                              .sha256 = file.sha256,
                              .object_key = file.object_key,
                              .packets = file.packets,
                              .bad_crcs = file.bad_crcs});
}

std::string written(const Deleted& file) {
  return record_of(DeletedFile{.id = file.id,
                               .imei = file.imei,
                               .deleted_at = file.deleted_at,
                               .size = file.size,
                               .sha256 = file.sha256,
                               .object_key = file.object_key,
                               .reason = file.reason});
}

Stored read_stored(Members& members, const base::Uuid& id, const base::Imei& imei) {
  return Stored{.id = id,
                .imei = imei,
                .camera = members.parsed("camera", base::parse_camera, "a camera").value_or(base::Camera::unknown),
                .kind = members.parsed("kind", base::parse_media_kind, "a kind").value_or(base::MediaKind::other),
                .name = members.text("name"),
                .captured_at = members.time_if_known("captured_at"),
                .received_at = members.time("received_at"),
                .size = members.number("size"),
                .sha256 = members.sha256("sha256"),
                .object_key = members.text("object"),
                .packets = members.count("packets"),
                .bad_crcs = members.count("bad_crcs")};
}

Deleted read_deleted(Members& members, const base::Uuid& id, const base::Imei& imei) {
  return Deleted{.id = id,
                 .imei = imei,
                 .deleted_at = members.time("deleted_at"),
                 .size = members.number("size"),
                 .sha256 = members.sha256("sha256"),
                 .object_key = members.text("object"),
                 .reason = members.text("reason")};
}

template <class Kind>
base::Result<Record> checked(Kind&& file, const Members& members, std::string_view text) {
  if (!members.fault().empty()) return no_record(members.fault());
  if (written(file) != text) return no_record("its members are not written the way this program writes them");
  return Record(std::forward<Kind>(file));
}
}  // namespace

base::Result<Record> parse_record(std::string_view text) {
  constexpr bool throws = false;
  const json object = json::parse(text, nullptr, throws);
  if (!object.is_object()) return no_record("it is not a JSON object");
  Members members(object);
  const std::string type = members.text("type");
  const auto id = members.parsed("id", base::Uuid::parse, "a UUID");
  const auto imei = members.parsed("imei", base::Imei::parse, "an IMEI");
  if (!id || !imei) return no_record(members.fault());
  if (type == "stored") return checked(read_stored(members, *id, *imei), members, text);
  if (type == "deleted") return checked(read_deleted(members, *id, *imei), members, text);
  return no_record("its \"type\" is none this program knows");
}

const base::Imei& imei_of(const Record& record) noexcept {
  return std::visit([](const auto& file) -> const base::Imei& { return file.imei; }, record);
}

bool is_sha256(std::string_view text) noexcept {
  constexpr std::size_t digits = 64;
  return text.size() == digits &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace storage::evidence
