// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "picket/base/error.h"
#include "picket/record/recording.h"

namespace picket {

/// Version of the file's layout, written into it. A reader refuses later ones.
inline constexpr int kRecordingFormat = 1;
/// Largest payload of one entry.
inline constexpr std::size_t kMaxPayloadBytes = 128U << 20U;

/// An entry to be appended; the recording gives it its sequence.
struct NewEntry {
  EntryKind kind = EntryKind::kReport;
  Time received;  ///< wall clock
  std::string_view payload;
};

/// Which entries to read. All conditions hold at once.
struct EntryFilter {
  std::optional<EntryKind> kind;
  std::optional<EntryKind> or_kind{};                          ///< beside `kind`, if that is stated
  std::int64_t from = 1;                                       ///< first sequence
  std::int64_t to = std::numeric_limits<std::int64_t>::max();  ///< last sequence
  std::optional<Time> received_from;
  std::optional<Time> received_to;  ///< inclusive
};

/// What a walk over the whole recording found.
struct VerifyResult {
  Head head;                        ///< of the part of the chain that is sound
  std::optional<ChainBreak> fault;  ///< the first entry that does not fit
  std::string damage;               ///< not empty: what SQLite finds wrong with the file's pages
  std::string features;             ///< not empty: the layers for maps are not what the log gives
  std::array<std::int64_t, 256> entries{};  ///< number in the sound part, by EntryKind's value
  std::optional<Time> first_received, last_received;  ///< of the sound part, in order of sequence

  /// Everything is as it was written.
  [[nodiscard]] bool Sound() const { return !fault && damage.empty() && features.empty(); }
  /// For people: what it holds and its head if it is sound, else the first thing that is not.
  [[nodiscard]] std::string Text() const;
};

/// The recording: one GeoPackage (SQLite) file with the evidence log and, derived from it, layers
/// for map programs. See docs/recording.md. Used by one thread at a time.
///
/// One process writes a recording, any number may read it meanwhile. What Append acknowledged is on
/// disk and survives the death of process and machine; whatever is left of a transaction that was
/// under way is undone when the file is next opened. While it is written, and after a crash, part
/// of it is in FILE-wal beside it; Close brings all of it into the one file.
class Recording {
 public:
  /// A new recording. Errors: a file of that name that is not empty, the folder cannot be written.
  [[nodiscard]] static Result<Recording> Create(const std::string& path);
  /// An existing one, to go on with. Errors: no recording, of a later format, damaged, being
  /// written by another process, read-only.
  [[nodiscard]] static Result<Recording> OpenForAppend(const std::string& path);
  [[nodiscard]] static Result<Recording> OpenRead(const std::string& path);
  /// The bytes of a recording file that was closed; they must outlive the recording.
  [[nodiscard]] static Result<Recording> OpenImage(std::span<const std::uint8_t> bytes);
  /// Whether a file of this name starts as a GeoPackage does (which a recording is).
  [[nodiscard]] static bool LooksLikeOne(std::string_view first_bytes);

  ~Recording();
  Recording(Recording&&) noexcept;
  Recording& operator=(Recording&&) noexcept;

  /// Appends all or none of `entries` in one transaction. When it returns they are on disk.
  /// @returns the sequence of the last one (of the last entry of all, if `entries` is empty)
  /// Errors: disk full, input/output error. After an error the recording is as before, and a later
  /// call may succeed; only when the system fails to bring data to disk is each later call refused,
  /// because from then on nobody knows what is there.
  [[nodiscard]] Result<std::int64_t> Append(std::span<const NewEntry> entries);

  /// The end of the chain as the file says; Verify says whether the chain leads there.
  [[nodiscard]] const Head& head() const;

  /// Calls `each` for the entries in order of sequence until it returns false. What is passed is
  /// valid during the call. Entries of an unknown kind are passed as well.
  [[nodiscard]] tl::expected<void, Error> ForEach(
      const EntryFilter& filter, const std::function<bool(const EntryView&)>& each) const;

  /// Walks over everything: the chain, the file's structure, and whether the layers for maps are
  /// what the log gives.
  /// @param known     a head noted down elsewhere, which the chain must lead to or through
  /// @param progress  called now and then with the share done, 0 to 1
  [[nodiscard]] Result<VerifyResult> Verify(
      std::optional<Head> known = std::nullopt,
      const std::function<void(double)>& progress = nullptr) const;

  /// Brings everything into the one file and closes it. The destructor does the same, silently.
  [[nodiscard]] tl::expected<void, Error> Close();

 private:
  class Impl;
  explicit Recording(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace picket
