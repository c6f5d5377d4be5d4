using System.Globalization;
using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Platform;

public sealed class NativeBufferTests
{
    private const long Large = 4L << 30;

    /// <summary>A cache is sized for its longest use; memory that nobody has written must cost nothing.</summary>
    [Fact]
    public void Create_LargeBuffer_TakesMemoryOnlyWhereItIsWritten()
    {
        var before = Resident();
        using var buffer = new NativeBuffer(Large);
        Assert.Equal(0, buffer.Span<byte>(Large - 1, 1)[0]);
        buffer.Span<byte>(0, 1 << 20).Fill(1);
        Assert.InRange(Resident() - before, long.MinValue, Large / 2);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4097)]
    [InlineData(1 << 20)]
    public void Create_AnySize_IsZeroAndAligned(int bytes)
    {
        using var buffer = new NativeBuffer(bytes);
        Assert.Equal(0, buffer.At(0) % 64);
        Assert.DoesNotContain(buffer.Span<byte>(0, bytes).ToArray(), b => b != 0);
        buffer.Span<byte>(0, bytes).Fill(255);
    }

    /// <summary>Resident bytes of this process (proc(5), statm).</summary>
    private static long Resident() =>
        long.Parse(File.ReadAllText("/proc/self/statm").Split(' ')[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
}
