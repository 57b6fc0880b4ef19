# Makes a Vivado project of the engine from the sources of this bundle; nothing of it needs to be kept but this script.
#   vivado -mode batch -source vivado/create_project.tcl -tclargs PART [PERIOD_NS]
# With a part such as xczu7ev-ffvc1156-2-e it synthesises the engine out of context and reports timing and utilisation.
set bundle [file normalize [file join [file dirname [info script]] ..]]
set part [lindex $argv 0]
set period [expr {[llength $argv] > 1 ? [lindex $argv 1] : 5.0}]
if {$part eq ""} { error "give a part: vivado -mode batch -source vivado/create_project.tcl -tclargs PART \[PERIOD_NS\]" }
create_project -force kraken [file join $bundle build vivado] -part $part
set list [open [file join $bundle vivado sources.txt]]
foreach file [split [string trim [read $list]] "\n"] { add_files -norecurse [file join $bundle $file] }
close $list
set_property file_type SystemVerilog [get_files *.sv]
set_property top engine [current_fileset]
set constraints [open [file join $bundle build vivado clock.xdc] w]
puts $constraints "create_clock -name aclk -period $period \[get_ports aclk\]"
close $constraints
add_files -fileset constrs_1 [file join $bundle build vivado clock.xdc]
synth_design -top engine -part $part -mode out_of_context
report_timing_summary -file [file join $bundle build vivado timing.txt]
report_utilization -file [file join $bundle build vivado utilization.txt]
