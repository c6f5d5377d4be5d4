using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace EdgeAgent.Telemetry;

/// <summary>One instrument's series, added up. Safe for concurrent use.</summary>
internal sealed class MetricFamily
{
    private enum Kind
    {
        Counter, Gauge, Histogram,
    }

    private sealed class Series(int buckets)
    {
        public double Value { get; set; }
        public long Count { get; set; }
        public long[] Buckets { get; } = new long[buckets];
    }

    /// <summary>OpenTelemetry's default bounds of a histogram whose instrument advises none.</summary>
    private static readonly double[] DefaultBounds = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000];

    private readonly Kind _kind;
    private readonly string _description;
    private readonly bool _isObservable;
    private readonly IReadOnlyList<double> _bounds;
    private readonly SortedDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private long _dropped;

    public MetricFamily(Instrument instrument)
    {
        _kind = instrument switch
        {
            Counter<long> or ObservableCounter<long> or ObservableCounter<double> => Kind.Counter,
            Histogram<double> => Kind.Histogram,
            _ => Kind.Gauge,
        };
        _isObservable = instrument.IsObservable;
        _bounds = _kind != Kind.Histogram ? []
            : instrument is Histogram<double> { Advice.HistogramBucketBoundaries: { } advised } ? advised : DefaultBounds;
        _description = instrument.Description ?? "";
        Name = NameOf(instrument.Name, instrument.Unit, _kind);
    }

    /// <summary>Prometheus' name of it.</summary>
    public string Name { get; }

    public void Add(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = Labels(tags);
        lock (_lock)
        {
            if (!_series.TryGetValue(labels, out var series))
            {
                if (_series.Count >= PrometheusExporter.MaxSeries)
                {
                    _dropped++;
                    return;
                }
                _series[labels] = series = new Series(_bounds.Count);
            }
            if (_isObservable || _kind == Kind.Gauge) series.Value = value;
            else series.Value += value;
            series.Count++;
            for (var i = 0; i < _bounds.Count; i++)
                if (value <= _bounds[i]) series.Buckets[i]++;
        }
    }

    /// <summary>Observed series are those of this reading alone.</summary>
    public void BeginReading()
    {
        if (!_isObservable) return;
        lock (_lock) _series.Clear();
    }

    public void WriteTo(TextWriter text)
    {
        lock (_lock)
        {
            if (_series.Count == 0) return;
            text.WriteLine($"# HELP {Name} {_description.Replace("\\", @"\\", StringComparison.Ordinal).ReplaceLineEndings(@"\n")}");
            text.WriteLine($"# TYPE {Name} {_kind.ToString().ToLowerInvariant()}");
            foreach (var (labels, series) in _series)
                if (_kind == Kind.Histogram) WriteHistogram(text, labels, series);
                else text.WriteLine($"{Name}{Braced(labels)} {Number(series.Value)}");
            if (_dropped > 0) text.WriteLine($"# {_dropped} measurements of more than {PrometheusExporter.MaxSeries} series were dropped");
        }
    }

    private void WriteHistogram(TextWriter text, string labels, Series series)
    {
        var prefix = labels.Length > 0 ? labels + "," : "";
        for (var i = 0; i < _bounds.Count; i++)
            text.WriteLine($"{Name}_bucket{{{prefix}le=\"{Number(_bounds[i])}\"}} {series.Buckets[i]}");
        text.WriteLine($"{Name}_bucket{{{prefix}le=\"+Inf\"}} {series.Count}");
        text.WriteLine($"{Name}_sum{Braced(labels)} {Number(series.Value)}");
        text.WriteLine($"{Name}_count{Braced(labels)} {series.Count}");
    }

    private static string Braced(string labels) => labels.Length > 0 ? $"{{{labels}}}" : "";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>Dots become underscores, the unit and "total" go behind (OpenTelemetry, Prometheus compatibility).</summary>
    private static string NameOf(string name, string? unit, Kind kind)
    {
        var suffix = unit switch
        {
            "s" => "_seconds",
            "ms" => "_milliseconds",
            "By" => "_bytes",
            "Cel" => "_celsius",
            "W" => "_watts",
            "J" => "_joules",
            "Hz" => "_hertz",
            "1" when kind == Kind.Gauge => "_ratio",
            _ => "", // of things that are counted the name says what
        };
        return name.Replace('.', '_') + suffix + (kind == Kind.Counter ? "_total" : "");
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (tags.IsEmpty) return "";
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            if (text.Length > 0) text.Append(',');
            text.Append(name.Replace('.', '_')).Append("=\"");
            text.Append((value?.ToString() ?? "").Replace("\\", @"\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings(@"\n")).Append('"');
        }
        return text.ToString();
    }
}
