// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "picket/base/error.h"
#include "picket/io/recorder.h"

namespace picket {

/// Where the service writes what it takes and gives out, in order: a recording, or in tests
/// something else.
class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;

  /// As Recorder::Submit: may wait while too much is unwritten; `done` is called from another
  /// thread, in order, when the entries are on disk or when they are not to be.
  virtual void Submit(std::vector<NewEntry> entries, std::shared_ptr<const void> owner,
                      Recorder::Done done) = 0;
  /// Its name, as health shows it.
  [[nodiscard]] virtual const std::string& name() const = 0;
};

/// A recording as journal.
class RecordingJournal : public Journal {
 public:
  RecordingJournal(Recording recording, std::string name)
      : recorder_(std::move(recording)), name_(std::move(name)) {}
  void Submit(std::vector<NewEntry> entries, std::shared_ptr<const void> owner,
              Recorder::Done done) override {
    recorder_.Submit(std::move(entries), std::move(owner), std::move(done));
  }
  [[nodiscard]] const std::string& name() const override { return name_; }
  [[nodiscard]] Recorder& recorder() { return recorder_; }

 private:
  Recorder recorder_;
  std::string name_;
};

}  // namespace picket
