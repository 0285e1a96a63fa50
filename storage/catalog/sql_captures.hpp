// CaptureCatalog as SQLite and PostgreSQL share it.
#pragma once

#include "storage/catalog/capture_catalog.hpp"
#include "storage/catalog/capture_steps.hpp"
#include "storage/catalog/database.hpp"

namespace storage {

class SqlCaptures final : public CaptureCatalog {
 public:
  // Outlives it; used only when somebody calls.
  explicit SqlCaptures(sql::Database& database) : database_(database) {}

  base::Result<AddedCapture> add_capture(const CaptureRequest& request) override;
  base::Result<std::optional<CaptureRequest>> find_capture(const base::Uuid& id) override;
  base::Result<CapturePage> list_captures(const CaptureQuery& query) override;
  base::Result<std::optional<CaptureRequest>> cancel_capture(const base::Uuid& id, base::UtcTime now) override;
  base::Result<std::vector<CaptureCount>> count_captures() override;

  base::Result<std::vector<CapturePart>> take_captures(std::string_view node, std::uint32_t limit,
                                                       const CapturePatience& patience, base::UtcTime now) override;
  base::Result<std::vector<CapturePart>> take_captures(CaptureChannel channel, std::string_view node,
                                                       std::uint32_t limit, const CapturePatience& patience,
                                                       base::UtcTime now) override;
  base::Result<bool> give_back_capture(const base::Uuid& part_id, std::string_view reason,
                                       std::chrono::milliseconds rest, base::UtcTime now) override;
  base::Result<bool> capture_accepted(const base::Uuid& part_id, std::string_view reply,
                                      const CapturePatience& patience, base::UtcTime now) override;
  base::Result<bool> capture_refused(const base::Uuid& part_id, std::string_view reply, base::UtcTime now) override;
  base::Result<std::vector<CapturePart>> awaiting_reply(const base::Imei& imei, CaptureChannel channel) override;

  base::Result<> camera_connected(const base::Imei& imei, const CapturePatience& patience, base::UtcTime now) override;
  base::Result<std::optional<base::Uuid>> capture_begins(const OfferedFile& file, const CapturePatience& patience,
                                                         base::UtcTime now) override;
  base::Result<> capture_progress(const base::Uuid& part_id, std::uint32_t percent, const CapturePatience& patience,
                                  base::UtcTime now) override;
  base::Result<> capture_interrupted(const base::Uuid& part_id, std::string_view reason,
                                     const CapturePatience& patience, base::UtcTime now) override;

  base::Result<std::uint32_t> settle_captures(const CapturePatience& patience, base::UtcTime now,
                                              std::uint32_t limit) override;

  base::Result<std::uint32_t> forget_captures(base::UtcTime before, std::uint32_t limit) override;

  base::Result<> set_capture_profile(const base::Imei& imei, std::string_view profile) override;
  base::Result<std::string> capture_profile(const base::Imei& imei) override;

 private:
  template <class Change>
  auto change_device(const base::Imei& imei, Change change) -> decltype(change(std::declval<sql::Connection&>()));
  template <class Step>
  base::Result<bool> step(const base::Uuid& part_id, base::UtcTime now, Step step);
  sql::Database& database_;
};

}  // namespace storage
