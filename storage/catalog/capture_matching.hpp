// Which part of a capture request a file belongs to. Nothing on the wire says it: it is inferred from device, camera,
// kind, trigger and time. Of a video that is the time it covers, by the camera's clock; of a photo that it was taken
// after it was asked for.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "storage/catalog/capture_catalog.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/catalog/sql.hpp"

namespace storage::sql {

struct CaptureMatch {
  base::Uuid part_id;
  base::Uuid request_id;
};

// What of a file is compared with parts. Borrows from nothing.
class CaptureWindow {
 public:
  // Nothing: such a file belongs to no part, whatever there is.
  static std::optional<CaptureWindow> of(const OfferedFile& file);
  static std::optional<CaptureWindow> of(const Media& media);  // as it is stored

  // The condition that a part of `device` meets, as a subquery with the columns id and request_id, the best one first.
  // Its parameters are those of values(), numbered from `first` on.
  static std::string subquery(int first);
  std::vector<Value> values() const;

 private:
  explicit CaptureWindow(const OfferedFile& file) : imei_(file.imei), camera_(file.camera), kind_(file.kind) {}
  bool set_video(const OfferedFile& file);
  bool set_photo(const OfferedFile& file);

  base::Imei imei_;
  base::Camera camera_;
  base::MediaKind kind_;
  base::UtcTime earliest_;     // of matches_at
  base::UtcTime latest_;       // the same
  base::UtcTime ends_after_;   // of matches_at and the duration
  base::UtcTime final_after_;  // of a part that is final
  std::optional<base::UtcTime> closest_to_;
};

base::Result<std::optional<CaptureMatch>> match(Connection& connection, const CaptureWindow& window);
// Gives the file to the part: under the lock of the device, in which match() found it. The request, where this file was
// the last one of it.
base::Result<std::optional<AnsweredRequest>> give_file(Connection& connection, const CaptureMatch& match,
                                                       base::Camera camera, const base::Uuid& media_id,
                                                       base::UtcTime now);

}  // namespace storage::sql
