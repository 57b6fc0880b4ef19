// One operation of the array, as it travels down the pipeline beside its data: what the PEs do, and what leaves after it.
// It carries a copy of all it needs: the configuration may already be the next iteration's when it is carried out.
package operation_pkg;
  typedef struct packed {
    logic        mac;      // multiply and accumulate
    logic        first;    // ... onto zero
    logic        shift;    // sums move one core to the right
    logic        start;    // ... and the first cores of each group start new sums
    logic        rel;      // the sums are final after this operation: release them
    logic        last;     // the last release of the iteration
    logic        damaged;  // a packet of the iteration was broken (with last)
    logic [7:0]  tag;      // number of the iteration
    logic [3:0]  kw_hi;    // core of the oldest output column that is released
    logic [3:0]  columns;  // output columns that are released
    logic [4:0]  g1;       // G - 1
    logic [1:0]  sw1;      // S_W - 1
    logic [11:0] e;        // E
  } operation_t;
endpackage
