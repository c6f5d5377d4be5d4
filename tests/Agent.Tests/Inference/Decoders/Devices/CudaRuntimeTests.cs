using System.Runtime.InteropServices;
using System.Text;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Devices;

namespace EdgeAgent.Tests.Inference.Decoders.Devices;

/// <summary>The calls into the CUDA runtime, against a library of our own that rejects bad ones.</summary>
public sealed class CudaRuntimeTests : IDisposable
{
    private readonly FakeCuda _library = new();

    public void Dispose() => Assert.Equal(0, _library.Live);

    [Fact]
    public void Architecture_IsMajorAndMinor() => Assert.Equal("sm87", new CudaRuntime(_library.Export).Architecture);

    [Fact]
    public void Memory_PiecesInBothDirectionsAndWithin_ArriveWhereTheyBelong()
    {
        var memory = new CudaMemory(new CudaRuntime(_library.Export));
        Assert.Equal(7_000_000, memory.FreeBytes);
        using var device = memory.Allocate(64);
        var host = Marshal.AllocHGlobal(64);
        var back = Marshal.AllocHGlobal(64);
        try
        {
            Marshal.Copy(Enumerable.Range(0, 64).Select(i => (byte)i).ToArray(), 0, host, 64);
            // two pieces of 3 bytes, 8 apart, to 16 apart on the device; then on within it, then back side by side
            memory.Copy(new Strided(host, 8), new Strided(device.At(0), 16), 3, 2);
            memory.Copy(new Strided(device.At(0), 16), new Strided(device.At(40), 10), 3, 2);
            memory.Copy(new Strided(device.At(40), 10), new Strided(back, 3), 3, 2);
            memory.Finish();
            var found = new byte[6];
            Marshal.Copy(back, found, 0, 6);
            Assert.Equal([0, 1, 2, 8, 9, 10], found);
            Assert.Equal(1, _library.Finished);
        }
        finally
        {
            Marshal.FreeHGlobal(host);
            Marshal.FreeHGlobal(back);
        }
    }

    [Fact]
    public void Allocate_Refused_SaysHowMuchInOnePieceAndHowMuchIsFree()
    {
        var memory = new CudaMemory(new CudaRuntime(_library.Export));
        _library.Limit = 1000;
        var error = Assert.Throws<StudentMemoryException>(() => memory.Allocate(2_500_000));
        Assert.Contains("no 2.5 MB in one piece (7 MB are free in all): out of memory (error 2)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Copy_Refused_NamesTheCallAndTheAnswer()
    {
        var memory = new CudaMemory(new CudaRuntime(_library.Export));
        using var device = memory.Allocate(16);
        var error = Assert.Throws<DeviceException>(() =>
            memory.Copy(new Strided(device.At(0), 2), new Strided(device.At(8), 4), 4, 1)); // a pitch below the width
        Assert.Contains("cudaMemcpy2D of 1 x 4 bytes: invalid pitch argument (error 12)", error.Message, StringComparison.Ordinal);
    }

    /// <summary>libcudart with ordinary memory; its functions check what they are given.</summary>
    private sealed class FakeCuda
    {
        private delegate int Malloc(out IntPtr address, nuint bytes);
        private delegate int FreeMemory(IntPtr address);
        private delegate int Memset(IntPtr address, int value, nuint bytes);
        private delegate int Memcpy2D(IntPtr to, nuint toPitch, IntPtr from, nuint fromPitch, nuint width, nuint height, int kind);
        private delegate int Synchronize(IntPtr stream);
        private delegate int MemGetInfo(out nuint free, out nuint total);
        private delegate int Attribute(out int value, int attribute, int device);
        private delegate IntPtr ErrorText(int code);

        private const int InvalidValue = 1, NoMemory = 2, InvalidPitch = 12;

        private readonly Dictionary<IntPtr, nuint> _pieces = [];
        private readonly Dictionary<string, Delegate> _functions;
        private readonly List<IntPtr> _texts = [];

        public FakeCuda() => _functions = new Dictionary<string, Delegate>
        {
            ["cudaMalloc"] = (Malloc)Allocate,
            ["cudaFree"] = (FreeMemory)Free,
            ["cudaMemset"] = (Memset)Clear,
            ["cudaMemcpy2D"] = (Memcpy2D)Copy,
            ["cudaStreamSynchronize"] = (Synchronize)(stream => stream == IntPtr.Zero ? Count() : InvalidValue),
            ["cudaMemGetInfo"] = (MemGetInfo)((out nuint free, out nuint total) =>
            {
                (free, total) = (7_000_000, 8_000_000);
                return 0;
            }),
            ["cudaDeviceGetAttribute"] = (Attribute)((out int value, int attribute, int device) =>
            {
                value = attribute switch { 75 => 8, 76 => 7, _ => 0 };
                return device == 0 && value > 0 ? 0 : InvalidValue;
            }),
            ["cudaGetErrorString"] = (ErrorText)Text,
        };

        public nuint Limit { get; set; } = nuint.MaxValue;

        public int Live => _pieces.Count;

        public int Finished { get; private set; }

        public IntPtr Export(string name) => Marshal.GetFunctionPointerForDelegate(_functions[name]);

        private int Count()
        {
            Finished++;
            return 0;
        }

        private int Allocate(out IntPtr address, nuint bytes)
        {
            address = IntPtr.Zero;
            if (bytes > Limit) return NoMemory;
            address = Marshal.AllocHGlobal((nint)bytes);
            _pieces[address] = bytes;
            return 0;
        }

        private int Free(IntPtr address)
        {
            if (!_pieces.Remove(address)) return InvalidValue;
            Marshal.FreeHGlobal(address);
            return 0;
        }

        private int Clear(IntPtr address, int value, nuint bytes)
        {
            if (!_pieces.TryGetValue(address, out var size) || bytes > size || value != 0) return InvalidValue;
            Marshal.Copy(new byte[bytes], 0, address, (int)bytes);
            return 0;
        }

        private static int Copy(IntPtr to, nuint toPitch, IntPtr from, nuint fromPitch, nuint width, nuint height, int kind)
        {
            if (toPitch < width || fromPitch < width) return InvalidPitch;
            if (kind != 4) return InvalidValue; // cudaMemcpyDefault
            var bytes = new byte[width];
            for (nuint i = 0; i < height; i++)
            {
                Marshal.Copy(from + (nint)(i * fromPitch), bytes, 0, bytes.Length);
                Marshal.Copy(bytes, 0, to + (nint)(i * toPitch), bytes.Length);
            }
            return 0;
        }

        private IntPtr Text(int code)
        {
            var text = Encoding.UTF8.GetBytes(code switch
            {
                NoMemory => "out of memory\0",
                InvalidPitch => "invalid pitch argument\0",
                _ => "?\0",
            });
            _texts.Add(Marshal.AllocHGlobal(text.Length));
            Marshal.Copy(text, 0, _texts[^1], text.Length);
            return _texts[^1];
        }
    }
}
