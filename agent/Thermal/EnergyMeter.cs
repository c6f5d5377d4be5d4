namespace EdgeAgent.Thermal;

/// <summary>
/// Energy of answers: power is summed up over time (trapezoids between samples) and shared by the rows of the batch that work at
/// the time. An answer's energy is what one row got between its begin and its end. Safe for concurrent use.
/// </summary>
internal sealed class EnergyMeter
{
    private readonly Lock _lock = new();
    private double _at, _watts, _perRow;
    private int _rows;
    private bool _hasSample;

    /// <param name="seconds">On the caller's own scale; not before the last one.</param>
    /// <param name="rows">Rows that work.</param>
    public void Sample(double seconds, double? watts, int rows)
    {
        lock (_lock)
        {
            if (watts is not { } now)
            {
                _hasSample = false;
                return;
            }
            if (_hasSample && seconds > _at) _perRow += (seconds - _at) * (_watts + now) / 2 / Math.Max(1, _rows);
            (_at, _watts, _rows, _hasSample) = (seconds, now, rows, true);
        }
    }

    /// <summary>Joules a row has got up to a moment; the difference of two is what one answer took. Null without samples.</summary>
    public double? PerRow(double seconds)
    {
        lock (_lock) return _hasSample ? _perRow + Math.Max(0, seconds - _at) * _watts / Math.Max(1, _rows) : null;
    }
}
