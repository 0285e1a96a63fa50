// How many connections there may be: in all, from one address, and of one device. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "server/base/imei.hpp"

namespace net {

struct AdmissionLimits {
  std::uint64_t total = 10'000;
  // Mobile networks put hundreds of vehicles behind one address: generous, but no single host takes all places.
  std::uint64_t per_ip = 2'048;
  // An FMx650 drives two cameras under one IMEI; a broken link leaves its old connection for up to 45 s.
  std::uint64_t per_device = 4;
};

class Admission {
 public:
  explicit Admission(AdmissionLimits limits) : limits_(limits) {}

  // Takes a place; the answer is why there is none ("the server has its 10000 connections"). leave_ip() gives it back.
  std::optional<std::string> enter_ip(const std::string& address);
  void leave_ip(const std::string& address);

  // One more connection of a device. Beyond the cap the device's oldest one is told to leave: the newest is the one
  // that is alive. `close` is called on any thread, not under the lock. leave_device() forgets the connection.
  void enter_device(const base::Imei& imei, std::uint64_t connection, std::function<void()> close);
  void leave_device(const base::Imei& imei, std::uint64_t connection);

  std::uint64_t open() const;
  const AdmissionLimits& limits() const noexcept { return limits_; }

 private:
  struct DeviceConnection {
    std::uint64_t id;
    std::function<void()> close;
  };
  const AdmissionLimits limits_;
  mutable std::mutex mutex_;
  std::uint64_t total_ = 0;
  std::unordered_map<std::string, std::uint64_t> by_ip_;
  std::unordered_map<base::Imei, std::list<DeviceConnection>> by_device_;
};

}  // namespace net
