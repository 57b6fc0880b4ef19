# Loads the packets of this bundle into the memory of a board, and reads the sums back, with XSDB:
#   xsdb% source xsdb/load_memory.tcl
#   xsdb% load_vectors 0x10000000 0x18000000 0x1C000000       (pixels, weights, expected sums)
#   xsdb% save_sums 0x20000000                                (the area the DMA of the sums wrote to, into build/sums)
# memory_map.tcl is generated: a line for each packet, {stem pixels_at weights_at sums_at sums_bytes}.
set kraken_bundle [file normalize [file join [file dirname [info script]] ..]]
source [file join $kraken_bundle xsdb memory_map.tcl]

proc load_vectors {pixels weights sums} {
  global kraken_bundle kraken_packets
  foreach packet $kraken_packets {
    lassign $packet stem pixels_at weights_at sums_at sums_bytes
    dow -data [file join $kraken_bundle ${stem}_pixels.bin] [expr {$pixels + $pixels_at}]
    dow -data [file join $kraken_bundle ${stem}_weights.bin] [expr {$weights + $weights_at}]
    if {$sums_bytes > 0} { dow -data [file join $kraken_bundle ${stem}_sums.bin] [expr {$sums + $sums_at}] }
  }
}

proc save_sums {received} {
  global kraken_bundle kraken_packets
  foreach packet $kraken_packets {
    lassign $packet stem pixels_at weights_at sums_at sums_bytes
    if {$sums_bytes == 0} continue
    set file [file join $kraken_bundle build sums ${stem}_sums.bin]
    file mkdir [file dirname $file]
    mrd -force -bin -file $file [expr {$received + $sums_at}] [expr {($sums_bytes + 3) / 4}]
  }
}
