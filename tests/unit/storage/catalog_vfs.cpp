#include "tests/unit/storage/catalog_vfs.hpp"

#include <cstddef>
#include <new>

namespace tests {

namespace {
// SQLite allocates szOsFile bytes per file: ours, and behind it the real one.
struct FaultyFile {
  sqlite3_file base;
  bool is_log;
  sqlite3_file* real() noexcept { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

SqliteFaults faults;
sqlite3_vfs* real_vfs = nullptr;

FaultyFile* self(sqlite3_file* file) noexcept {
  return reinterpret_cast<FaultyFile*>(file);
}
sqlite3_file* real(sqlite3_file* file) noexcept {
  return self(file)->real();
}

int close(sqlite3_file* f) {
  return real(f)->pMethods->xClose(real(f));
}
int read(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  return real(f)->pMethods->xRead(real(f), to, size, at);
}
int write(sqlite3_file* f, const void* from, int size, sqlite3_int64 at) {
  if (const int error = faults.write_error; error != SQLITE_OK) return error;
  return real(f)->pMethods->xWrite(real(f), from, size, at);
}
int truncate(sqlite3_file* f, sqlite3_int64 size) {
  return real(f)->pMethods->xTruncate(real(f), size);
}
int sync(sqlite3_file* f, int flags) {
  if (self(f)->is_log) ++faults.log_syncs;
  if (const int error = faults.sync_error; error != SQLITE_OK) return error;
  return real(f)->pMethods->xSync(real(f), flags);
}
int size(sqlite3_file* f, sqlite3_int64* out) {
  return real(f)->pMethods->xFileSize(real(f), out);
}
int lock(sqlite3_file* f, int level) {
  return real(f)->pMethods->xLock(real(f), level);
}
int unlock(sqlite3_file* f, int level) {
  return real(f)->pMethods->xUnlock(real(f), level);
}
int reserved(sqlite3_file* f, int* out) {
  return real(f)->pMethods->xCheckReservedLock(real(f), out);
}
int control(sqlite3_file* f, int op, void* arg) {
  return real(f)->pMethods->xFileControl(real(f), op, arg);
}
int sector(sqlite3_file* f) {
  return real(f)->pMethods->xSectorSize(real(f));
}
int traits(sqlite3_file* f) {
  return real(f)->pMethods->xDeviceCharacteristics(real(f));
}
int shm_map(sqlite3_file* f, int page, int bytes, int extend, void volatile** out) {
  return real(f)->pMethods->xShmMap(real(f), page, bytes, extend, out);
}
int shm_lock(sqlite3_file* f, int offset, int count, int flags) {
  return real(f)->pMethods->xShmLock(real(f), offset, count, flags);
}
void shm_barrier(sqlite3_file* f) {
  real(f)->pMethods->xShmBarrier(real(f));
}
int shm_unmap(sqlite3_file* f, int remove) {
  return real(f)->pMethods->xShmUnmap(real(f), remove);
}

const sqlite3_io_methods methods{2,        close,       read,      write,   truncate, sync,   size,
                                 lock,     unlock,      reserved,  control, sector,   traits, shm_map,
                                 shm_lock, shm_barrier, shm_unmap, nullptr, nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  auto* faulty = new (file) FaultyFile{{nullptr}, (flags & SQLITE_OPEN_WAL) != 0};
  const int rc = real_vfs->xOpen(real_vfs, name, faulty->real(), flags, out_flags);
  faulty->base.pMethods = rc == SQLITE_OK ? &methods : nullptr;
  return rc;
}

void register_layer() {
  real_vfs = sqlite3_vfs_find(nullptr);
  static sqlite3_vfs layer;
  layer = *real_vfs;  // names, time and randomness are the real one's: they get its pAppData
  layer.szOsFile = static_cast<int>(sizeof(FaultyFile)) + real_vfs->szOsFile;
  layer.zName = "faulty";
  layer.xOpen = open;
  sqlite3_vfs_register(&layer, 0);
}
}  // namespace

SqliteFaults& sqlite_faults() {
  static const bool registered = (register_layer(), true);
  static_cast<void>(registered);
  return faults;
}

}  // namespace tests
