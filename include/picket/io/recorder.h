// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "picket/base/error.h"
#include "picket/base/time.h"
#include "picket/io/recording.h"

namespace picket {

/// Writes a recording from a thread of its own, for any number of callers. Batches that wait
/// together share one transaction, and so one wait for the disk.
///
/// The queue is bounded: when it is full, callers wait. Nothing is ever dropped.
class Recorder {
 public:
  /// Called once for each batch, from the recorder's thread, in the order of Submit: with the
  /// sequence of the batch's last entry once all of it is on disk, or with why none of it is.
  /// Must be quick and must not call the recorder.
  using Done = std::function<void(const Result<std::int64_t>&)>;

  /// @param recording         opened to write
  /// @param max_queued_bytes  of payload, and 64 for each entry; a larger single batch is taken
  /// when
  ///                          nothing else waits
  explicit Recorder(Recording recording, std::size_t max_queued_bytes = 64U << 20U);
  /// Closes.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Queues a batch, which is recorded as a whole or not at all. Any thread.
  /// @param entries  their payloads are read until `done` was called ...
  /// @param owner    ... and are kept alive by this for as long
  void Submit(std::vector<NewEntry> entries, std::shared_ptr<const void> owner, Done done = {});
  /// Queues one entry.
  void Submit(EntryKind kind, Time received, std::string payload, Done done = {});
  /// Queues a batch and waits until it is on disk. Any thread but the recorder's.
  [[nodiscard]] Result<std::int64_t> Append(std::vector<NewEntry> entries);

  /// The end of the chain as it is on disk.
  [[nodiscard]] Head head() const;
  /// Why the last transaction was not recorded; nothing once one was again.
  [[nodiscard]] std::optional<Error> error() const;
  /// Bytes that wait to be written, as the limit counts them.
  [[nodiscard]] std::size_t queued_bytes() const;

  /// Writes what is queued and closes the recording. Later batches are refused.
  /// @returns the end of the chain: what to print, so that a tail cut off later is noticed
  [[nodiscard]] Result<Head> Close();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
