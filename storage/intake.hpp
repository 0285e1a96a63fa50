// The storage side of one arriving file: what is kept of it, and making it durable. Ties spool, object store and
// catalog together in the one order that never loses what is acknowledged:
//   verify the whole → fsync → object store → catalog transaction → (the caller acknowledges) → spool copy freed.
// Every call blocks: it runs on a worker pool. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "server/base/result.hpp"
#include "storage/catalog/catalog.hpp"
#include "storage/catalog/tracking_catalog.hpp"
#include "storage/nodes/handover.hpp"
#include "storage/objects/object_store.hpp"
#include "storage/spool/overlap.hpp"
#include "storage/spool/spool.hpp"

namespace storage {

// What we have of a file that a device announces.
struct Kept {
  // Exactly one of the two: the spool's partial (fresh or kept), or the stored media it already became.
  std::optional<Partial> partial;
  std::optional<Media> stored;
  std::uint64_t size = 0;          // bytes kept; 0 starts from the beginning
  std::optional<Overlap> overlap;  // set whenever size > 0
};

// What catalog and object store know of a file that a device announces.
struct Sighting {
  std::optional<Kept> stored;     // it was stored before
  std::vector<LeftPartial> left;  // by other nodes, the longest first
};

// What the session knows of a complete file.
struct Arrival {
  Media media;                       // id, size, sha256, content_type, object_key and defect are filled in by publish()
  std::uint64_t expected_bytes = 0;  // the size the protocol promised, exact by now
};

struct Published {
  Media media;
  bool duplicate = false;
};

// A complete upload that is not a whole file of its format. The bytes were discarded; the device is to send it again,
// into `fresh`. When it sends the very same bytes, publish() accepts them and notes the defect.
struct NotWhole {
  Partial fresh;
  std::string defect;
};

// Where a device was at a time, as far as others know it; for files whose camera did not say. Blocks. What cannot be
// found out counts as not known.
using Locate = std::function<std::optional<Place>(const base::Imei& imei, base::UtcTime at)>;

// Told on the worker that stored a file: not to block, not to throw. Each may be empty.
struct IntakeListener {
  std::function<void(const Media& media)> stored = {};                // a new one, not a copy
  std::function<void(const AnsweredRequest& request)> answered = {};  // it was the last one of a capture request
};

class Intake {
 public:
  // With a `handover` the store and the catalog are shared with other nodes. All outlive the intake.
  Intake(Spool& spool, ObjectStore& objects, Catalog& catalog, Handover* handover = nullptr, Locate locate = {},
         IntakeListener listener = {});

  // Asks catalog and store, which may take their time; a caller may go on without the answer. What cannot be found out
  // counts as not there: that is no reason to refuse a file, they may be back when it is complete.
  Sighting look_for(const FileIdentity& identity);

  // What is kept of this file, here or where others have it. A provable partial is trimmed to whole 1024-byte packets,
  // so that a device can resume behind it; one without a distinctive overlap is started over. A matter of this
  // machine's disk, unless something was left by other nodes: that is fetched.
  base::Result<Kept> open(const FileIdentity& identity, Sighting sighting);

  // On success the file is durable and catalogued, the spool copy gone, and the device may be told so.
  // `corrupt`: the partial was dropped, fetch the file again. Anything else: the partial stays, try again later.
  base::Result<std::variant<Published, NotWhole>> publish(Partial partial, Arrival arrival);

  // An empty partial in place of one whose bytes cannot be trusted.
  base::Result<Partial> start_over(Partial&& old);
  // An empty partial although the file seems to be stored or kept already: the device's bytes contradict it.
  base::Result<Partial> fresh(const FileIdentity& identity);
  // What other nodes left of the file is worth nothing, or no longer needed. Best effort.
  void forget_left(const FileIdentity& identity) noexcept;

  // The device has gone: what is kept is left for whichever node it reaches next, where there are others.
  void leave(Partial&& partial) noexcept;
  // The files of which something was kept when the program ended without being asked; and one of them, left like above.
  std::vector<FileIdentity> kept() const;
  void leave_kept(const FileIdentity& identity) noexcept;

 private:
  std::optional<Kept> find_stored(const FileIdentity& identity);
  bool is_stale(const Partial& partial, const Media& stored) const noexcept;
  base::Result<Kept> resume(Partial&& partial);
  base::Result<std::variant<Published, NotWhole>> try_publish(Partial& partial, Arrival&& arrival);
  void place(Media& media) const;
  base::Result<> settle_duplicate(const CommittedMedia& standing, const std::string& key, const LocalFile& file);

  Spool& spool_;
  ObjectStore& objects_;
  Catalog& catalog_;
  Handover* const handover_;
  const Locate locate_;
  const IntakeListener listener_;
};

}  // namespace storage
