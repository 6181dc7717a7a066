// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "picket/base/error.h"
#include "picket/io/recording.h"

namespace picket {

/// Where the service writes what it takes and gives out, in order: a recording, or in tests
/// something else. Used by one thread at a time.
class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  /// All or none of them; when it returns they survive a crash.
  /// @returns the sequence of the last one
  [[nodiscard]] virtual Result<std::int64_t> Append(std::span<const NewEntry> entries) = 0;
  /// Its name, as health shows it.
  [[nodiscard]] virtual const std::string& name() const = 0;
};

/// A recording as journal.
class RecordingJournal : public Journal {
 public:
  RecordingJournal(Recording recording, std::string name)
      : recording_(std::move(recording)), name_(std::move(name)) {}
  [[nodiscard]] Result<std::int64_t> Append(std::span<const NewEntry> entries) override {
    return recording_.Append(entries);
  }
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] Recording& recording() { return recording_; }

 private:
  Recording recording_;
  std::string name_;
};

}  // namespace picket
