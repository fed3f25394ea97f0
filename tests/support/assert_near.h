/* Doubles within `epsilon` of each other. cmocka's assert_float_equal casts to float, where 123456789 and 123456790 are the same. */
#ifndef SUPPORT_ASSERT_NEAR_H
#define SUPPORT_ASSERT_NEAR_H

#include <math.h>

#define assert_near(a, b, epsilon)                                                                                                                 \
    do {                                                                                                                                           \
        double near_a = (a), near_b = (b);                                                                                                         \
        if (!(fabs(near_a - near_b) <= (epsilon)))                                                                                                 \
            fail_msg("%s = %.17g, not within %g of %.17g", #a, near_a, (double)(epsilon), near_b);                                                \
    } while (0)

#endif
